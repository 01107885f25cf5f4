import CBOR
import Glibc
import Sodium
import Store

/// Facts by which a replica knows the machine it stands on (Protocol 2 §7): the machine id, the built-in network
/// interfaces' own addresses, and the serial numbers of built-in disks, each hashed. What cannot be read is left out.
///
/// What is plugged in (USB, SD) belongs to a desk and not to a machine, and virtual interfaces to neither. Everything
/// is read below `MUFAKAT_MACHINE_ROOT` where that is set, so that a test can be another machine. That opens nothing:
/// whoever sets the environment of this program owns the folder, and could as well write the mark himself. The mark is
/// there for accidents.
struct Machine: Equatable, Sendable {
    let id: [UInt8]?
    /// Sorted, each once.
    let hardware: [[UInt8]]

    /// The same machine: equal ids where both know one, and one piece of hardware in common where both know any. One is
    /// enough: a laptop gets another Wi-Fi card, or another disk, and is still the one that signed; a disk cloned into
    /// another case has neither. Facts are written anew with every mark, so a machine may change piece by piece.
    func isSame(as other: Machine) -> Bool {
        if let id, let otherID = other.id, id != otherID { return false }
        guard !hardware.isEmpty, !other.hardware.isEmpty else { return true }
        return hardware.contains { other.hardware.contains($0) }
    }

    /// What differs, for people.
    func difference(from other: Machine) -> String {
        if let id, let otherID = other.id, id != otherID { return "machine-id" }
        return "network interfaces, disks"
    }

    static var current: Machine {
        let root = MachineFacts(root: unsafe getenv("MUFAKAT_MACHINE_ROOT").map { unsafe String(cString: $0) } ?? "")
        let hardware = (root.networkAddresses + root.diskSerials).map(hash)
        return Machine(
            id: root.text("/etc/machine-id").map(hash),
            hardware: Set(hardware).sorted { $0.lexicographicallyPrecedes($1) })
    }

    private static func hash(_ text: [UInt8]) -> [UInt8] {
        Array(Blake2b.hash(text, personal: Personal("mufakat mark")).bytes.prefix(16))
    }
}

/// Reads the files in which Linux shows a machine's hardware.
private struct MachineFacts {
    let root: String

    /// Permanent addresses of interfaces with a device behind them. Wi-Fi says another address each time where it is
    /// told to; its hardware's own stands beside it.
    var networkAddresses: [[UInt8]] {
        let network = "/sys/class/net"
        var found = PrivateFile.list(root + network).compactMap { name -> [UInt8]? in
            let base = "\(network)/\(name)"
            guard exists(base + "/device"), text(base + "/addr_assign_type") == Array("0".utf8), !isPluggedIn(base)
            else { return nil }
            return text(base + "/address")
        }
        let wireless = "/sys/class/ieee80211"
        for name in PrivateFile.list(root + wireless) where !isPluggedIn("\(wireless)/\(name)") {
            if let address = text("\(wireless)/\(name)/macaddress") { found.append(address) }
        }
        return found.filter { address in address.contains { $0 != 48 && $0 != 58 } }
    }

    var diskSerials: [[UInt8]] {
        let blocks = "/sys/block"
        return PrivateFile.list(root + blocks).compactMap { name in
            let base = "\(blocks)/\(name)"
            guard text(base + "/removable") != Array("1".utf8), text(base + "/device/type") != Array("SD".utf8),
                !isPluggedIn(base)
            else { return nil }
            // NVMe and eMMC, virtio, SATA (the page of the unit's serial number has a head of four bytes).
            let serial =
                text(base + "/device/serial") ?? text(base + "/serial")
                ?? text(base + "/device/vpd_pg80").map { Array($0.dropFirst(4)) }
            return serial.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    private func exists(_ path: String) -> Bool { PrivateFile.exists(root + path) }

    /// Whether the way to the device leads over USB.
    private func isPluggedIn(_ path: String) -> Bool {
        guard let pointer = unsafe realpath(root + path + "/device", nil) ?? realpath(root + path, nil) else {
            return false
        }
        defer { unsafe free(pointer) }
        return unsafe String(cString: pointer).contains("/usb")
    }

    /// The content of a small file without the space around it; nil where it is empty or cannot be read.
    func text(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let content = bytes.prefix(count)
        guard let first = content.firstIndex(where: { $0 > 32 }), let last = content.lastIndex(where: { $0 > 32 })
        else { return nil }
        return Array(content[first...last])
    }
}

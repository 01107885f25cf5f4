package import Envelope
package import Procedure
import Registry
import Sodium
import Store

extension Replica {
    /// The calendars that are published, stand, are held and are what their entries say.
    package func calendars() throws -> CalendarShelf {
        try store.read { reader in try caughtUp(reader, .own) { memory in try memory.shelf(reader) } }
    }

    /// Publishes a calendar whose file is without errors in the network's chain.
    ///
    /// A version that is no higher than one published before would never be read, so it is refused.
    package func publishCalendar(_ bytes: [UInt8], root: any Signer) throws -> (entry: EntryID, loaded: LoadedCalendar)
    {
        let loaded = CalendarLoader.load(bytes)
        guard loaded.errors.isEmpty else { throw NodeFailure.calendarInvalid(loaded.errors) }
        let entry = try transact { work in
            let network = try work.network()
            let calendar = loaded.calendar
            if let unit = calendar.unit, work.registry.unit(UnitID(unit)) == nil {
                throw NodeFailure.unknownUnit(unit.hex)
            }
            let known = try work.memory.shelf(work.tx.reader).calendars.map(\.calendar)
                .filter { $0.name == calendar.name }.map(\.version).max()
            if let known, known >= calendar.version {
                throw NodeFailure.badValue(
                    field: "version", value: "\(calendar.version)", expected: "> \(known) (\(calendar.name))")
            }
            let blob = BlobID(ProcedureDefinition.hash(bytes))
            let body = EntryBody.publishCalendar(
                Publication(
                    blob: blob, size: UInt64(bytes.count), name: calendar.name, version: UInt64(calendar.version)))
            let entry = try work.compose(chain: network, body: body, signer: root)
            try work.tx.insertBlob(blob, bytes, isChecked: false)
            work.memory.calendars[blob] = nil
            return entry.id
        }
        return (entry, loaded)
    }

    /// The national calendars that ship: what a new network begins with.
    package func publishShippedCalendars(root: any Signer) throws {
        for year in ShippedCalendars.years {
            guard let bytes = ShippedCalendars.bytes(year) else { preconditionFailure("a year of the list") }
            _ = try publishCalendar(bytes, root: root)
        }
    }
}

extension Replica.Memory {
    mutating func shelf(_ reader: StoreReader) throws -> CalendarShelf {
        var published: [PublishedCalendar] = []
        for id in registry.publishedCalendars where registry.stands(id) {
            guard case .publishCalendar(let publication)? = registry.entry(id)?.body,
                let calendar = try calendar(publication, reader)
            else { continue }
            published.append(PublishedCalendar(entry: id.raw, calendar: calendar))
        }
        return CalendarShelf(published)
    }

    /// A blob that is not held, is no calendar, or is another than its entry says, counts for nothing.
    private mutating func calendar(_ publication: Publication, _ reader: StoreReader) throws -> WorkCalendar? {
        if let known = calendars[publication.blob] { return known }
        guard let bytes = try reader.blob(publication.blob) else { return nil }
        let loaded = CalendarLoader.load(bytes)
        let isMeant =
            loaded.errors.isEmpty && loaded.calendar.name.utf8.elementsEqual(publication.name.utf8)
            && UInt64(loaded.calendar.version) == publication.version
        let calendar = isMeant ? loaded.calendar : nil
        calendars[publication.blob] = .some(calendar)
        return calendar
    }
}

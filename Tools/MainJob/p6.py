"""P6, Salatiga with a vendor: B1-B9 by script, told from the contract B10 to the fixed test B14; and a second vendor."""
import os

from office import Server, need
from p4 import meet

SECRET = ["Sistem Rahasia Penyedia Dua", "Catatan internal hub tentang penyedia dua", "Penyedia Dua Rahasia"]


def prepare(offices, units, vendor, title, server):
    """B1 to B9, synchronised between OPD and hub."""
    hub, opd = offices["hub"], offices["opd"]
    dossier = opd.json("new", "p6", "--title", title, "--party", f"applicant={units['opd']}", "--party",
                       f"it={units['it']}", "--as", "kaopd")["dossier"]
    opd.step(dossier, "kaopd", "done", "--set", "request_letter.letter_date=2026-02-02", "--set",
             f"request_letter.subject={title}", "--set", "request_letter.system_name=Layanan")
    opd.run("edit", dossier, "supporting_data", "data=" + os.path.join(os.path.dirname(opd.folder), "surat permohonan.pdf"),
            "--as", "staf")
    opd.step(dossier, "staf", "done")
    meet(server, opd)
    hub.step(dossier, "verifikator", "memenuhi", "--set", "verification_result.summary=Lengkap")
    meet(server, opd)
    attendance = ["--row", "attendance_list.rows:name=Peserta,unit=OPD,position=Staf"]
    opd.step(dossier, "kaopd", "done", "--set", "presentation.overview=Ringkas", "--set", "presentation.impact=Besar",
             "--set", "minutes.points=Paparan", "--set", "minutes.conclusion=Lanjut", *attendance)
    meet(server, opd)
    hub.step(dossier, "verifikator", "done", "--set", "minutes.points=Koordinasi", "--set", "minutes.conclusion=Setuju",
             "--set", "scope_plan.scope_in=Layanan daring", "--set", "scope_plan.stages=Tiga tahap")
    hub.step(dossier, "kadis", "disetujui")
    escort = [part for team in ("team.escort", "team.tester") for part in (
        "--seat", f"{team}.ketua=verifikator", "--seat", f"{team}.anggota=Staf Dinas Kearsipan@{units['opd']}")]
    hub.step(dossier, "kadis", "done", "--bind", f"vendor={units[vendor]}", *escort, "--set",
             "team_decree.decree_date=2026-02-20", "--set", f"vendor_appointment.vendor_name={vendor}", "--set",
             "vendor_appointment.package=Paket 1")
    meet(server, opd)
    opd.sign(dossier, "kaopd")
    meet(server, opd)
    need("release" in [item["kind"] for item in hub.json("why", dossier)], "the plan is proposed for release")
    hub.run("release", dossier, "scope_plan", "--to", units[vendor], "--as", "kadis")
    hub.step(dossier, "verifikator", "layak", "--set", "design_doc.business=Alur", "--set", "design_doc.legal=Perwali",
             "--set", "design_doc.technical=Web")
    meet(server, opd)
    opd.sign(dossier, "kaopd")
    meet(server, opd)
    hub.step(dossier, "verifikator", "done", "--set", "contract_draft.terms=Pasal 1 sampai 9")
    return dossier


def run(folder, offices, units, tell):
    hub, opd, vendor = (offices[name] for name in ("hub", "opd", "vendor"))
    with Server(hub) as server:
        dossier = prepare(offices, units, "vendor", "Layanan Daring Terpadu", server)
        hub.run("note", dossier, "Catatan internal Diskominfo: tawar harga.", "--as", "kadis")
        secret = prepare(offices, units, "vendor-2", SECRET[0], server)
        hub.run("note", secret, SECRET[1], "--as", "kadis")
        offices["vendor-2"].sync(server)
    need(len(offices["vendor-2"].json("list")) == 1, "the second vendor has its one dossier")
    tell(f"P6 {dossier[:8]} sampai B9 untuk penyedia satu; {secret[:8]} dengan penyedia dua tinggal di hub.")

    frames = os.path.join(folder, "vendor-frames")
    with Server(hub) as server:
        hub.step(dossier, "kadis", "ditandatangani", "--set", "contract.subject=Pembuatan sistem", "--set",
                 "contract.term_until=2026-12-31", "--set", "contract.value=250000000")
        vendor.sync(server, "--record-frames", frames + "-1")
        need(field(vendor, dossier, "scope_plan", "scope_in") == "Layanan daring", "the released plan is readable")
        need(field(vendor, dossier, "request_letter", "subject") == "", "what was written before and not released is not")
        vendor.sign(dossier, "pimpinan")
        vendor.sync(server, "--record-frames", frames + "-2")
        opd.sync(server)
        opd.sign(dossier, "kaopd")
        meet(server, opd, vendor)
    need(step(vendor, dossier, "B10")["state"] == "done", "three parties signed the contract")
    tell("B10: kontrak ditandatangani tiga pihak.")

    vendor.step(dossier, "pimpinan", "done", "--set", "build.version=1.0")
    vendor.step(dossier, "pimpinan", "done", "--set", "system_release.version=1.0", "--set",
                "system_release.address=layanan.contoh.go.id", "--set", "system_release.installed=Server kota")
    with Server(hub) as server:
        vendor.sync(server, "--record-frames", frames + "-3")
    faults = [hub.json("finding", "add", dossier, "--severity", severity, "--title", title, "--as", "verifikator")["finding"]
              for severity, title in (("kritis", "Data hilang saat simpan"), ("mayor", "Laporan kosong"))]
    hub.step(dossier, "verifikator", "ada_masalah", "--row",
             "test_report.scenarios:feature=Simpan,expected=Tersimpan,result=Hilang,ok=tidak", "--set",
             "fix_proposal.text=Perbaiki penyimpanan dan laporan")
    with Server(hub) as server:
        vendor.sync(server, "--record-frames", frames + "-4")
    need(len([item for item in vendor.show(dossier)["findings"] if item["open"]]) == 2, "two findings at the vendor")
    tell("B13: pengujian menemukan dua kesalahan; penyedia menerimanya lewat sync.")

    for fault, answer in zip(faults, ("Transaksi diperbaiki", "Kueri laporan diperbaiki")):
        vendor.run("finding", "answer", dossier, fault[:12], "--status", "diperbaiki", "--text", answer, "--as", "pimpinan")
    vendor.step(dossier, "pimpinan", "done", "--set", "build.version=1.1")
    vendor.step(dossier, "pimpinan", "done", "--set", "system_release.version=1.1", "--set",
                "system_release.address=layanan.contoh.go.id", "--set", "system_release.installed=Server kota")
    with Server(hub) as server:
        vendor.sync(server, "--record-frames", frames + "-5")
    tell("Penyedia menjawab keduanya tanpa jaringan di organisasinya, lalu membawa perbaikan lewat sync.")

    for fault in faults:
        hub.run("finding", "answer", dossier, fault[:12], "--status", "diterima", "--as", "verifikator")
    hub.step(dossier, "verifikator", "tidak_ada_masalah", "--row",
             "test_report.scenarios:feature=Simpan,expected=Tersimpan,result=Tersimpan,ok=ya")
    with Server(hub) as server:
        meet(server, opd, vendor)
        vendor.sync(server, "--record-frames", frames + "-6")
    need(step(opd, dossier, "B14")["state"] == "active", "B14 is open")
    need(step(vendor, dossier, "B13")["outcome"] == "tidak_ada_masalah", "the fixed test at the vendor")
    tell("B13 kedua: tidak ada masalah; B14 terbuka di semua pihak.")
    return dossier, secret


def step(office, dossier, name):
    return [item for item in office.show(dossier)["steps"] if item["step"] == name][-1]


def field(office, dossier, document, name):
    """What an office reads in a field; empty where the text is not for it."""
    for item in office.show(dossier)["documents"]:
        for entry in item["fields"]:
            if item["document"] == document and entry["path"].endswith("/" + name):
                return entry["value"]
    return None

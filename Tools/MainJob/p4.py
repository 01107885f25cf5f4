"""P4, Tangerang Selatan: 17 steps, offline at three places, a conflict, a ruling, a UAT that fails once."""
import os

from office import Server, need


def letter(folder):
    """A small real PDF."""
    path = os.path.join(folder, "surat permohonan.pdf")
    text = b"BT /F1 18 Tf 72 720 Td (Permohonan pengembangan aplikasi arsip) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    body, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    body += b"xref\n0 6\n0000000000 65535 f \n" + table + tail
    with open(path, "wb") as file:
        file.write(body)
    return path


def meet(server, *offices):
    """Every laptop once, and once more for what the later ones brought."""
    for office in offices + offices[:-1]:
        office.sync(server)


def run(folder, offices, units, tell):
    hub, a, b, opd = (offices[name] for name in ("hub", "laptop-a", "laptop-b", "opd"))
    pdf = letter(folder)
    dossier = opd.json("new", "p4", "--title", "Aplikasi Arsip Digital", "--party", f"applicant={units['opd']}",
                       "--party", f"it={units['it']}", "--as", "kaopd")["dossier"]
    opd.step(dossier, "kaopd", "done", "--set", "request_letter.letter_date=2026-03-02", "--set",
             "request_letter.subject=Permohonan pengembangan aplikasi", "--set",
             "request_letter.system_name=Arsip Digital", "--set", f"request_letter.scan={pdf}")
    opd.run("note", dossier, "Catatan internal OPD: anggaran belum pasti.", "--as", "staf")
    with Server(hub) as server:
        report = opd.sync(server)
    need(hub.show(dossier)["status"] == "active", "the hub has the dossier")
    scan = hub.show(dossier)["attachments"][0]
    saved = hub.run("attach", dossier, "--save", scan["id"][:12], "--out", folder).stdout.strip()
    with open(saved, "rb") as received, open(pdf, "rb") as sent:
        need(received.read() == sent.read(), "the PDF arrived whole")
    tell(f"OPD membuka berkas P4 {dossier[:8]} dengan PDF asli; sync: {report['sent']} perubahan terkirim.")

    # Without any connection from here: agenda and disposition at Diskominfo, edits at the OPD.
    hub.step(dossier, "umum", "done", "--set", "agenda_entry.agenda_no=045/2026", "--set",
             "agenda_entry.received_at=2026-03-02T10:00")
    hub.step(dossier, "kadis", "done", "--set", "disposition_sheet.to=Kepala Bidang PTIKP", "--set",
             "disposition_sheet.instruction=Undang pemohon", "--set", "disposition_sheet.nature=segera")
    opd.run("edit", dossier, "proposal_pack", "background=Arsip menumpuk", "purpose=Mempercepat temu kembali",
            f"business_process={pdf}", f"inputs={pdf}", f"outputs={pdf}", "--as", "staf")
    tell("Tanpa jaringan: agenda dan disposisi di Diskominfo, bahan paparan di OPD.")

    with Server(hub) as server:
        meet(server, opd, a)
        a.step(dossier, "kabid", "done", "--set", "invitation_letter.meeting_at=2026-03-09T09:00", "--set",
               "invitation_letter.place=Ruang rapat", "--set", "invitation_letter.agenda=Pembahasan usulan")
        meet(server, a, opd)
        opd.step(dossier, "kaopd", "done", "--row", "attendance_list.rows:name=Peserta satu,unit=OPD,position=Staf",
                 "--set", "minutes.points=Fitur dan jadwal", "--set", "minutes.conclusion=Layak dibahas")
        meet(server, opd, a)
        a.sign(dossier, "kabid")
        meet(server, a, b, opd)
    need([step for step in b.show(dossier)["steps"] if step["step"] == "6" and step["state"] == "active"], "step 6")
    tell("Undangan, paparan, notulen: langkah 6 terbuka di semua laptop.")

    a.step(dossier, "kabid", "perlu")
    b.step(dossier, "sekretaris", "tidak_perlu", "--reason", "Sudah ada aplikasi sejenis", "--set",
           "decision_response.kind=argumentasi", "--set", "decision_response.text=Belum perlu")
    with Server(hub) as server:
        meet(server, a, b, opd)
    for office in (hub, a, b, opd):
        need(office.show(dossier)["status"] == "contested", f"{office.name} sees the conflict")
    tell("Dua laptop memutuskan berbeda tanpa jaringan (perlu; Plh.: tidak perlu). Setelah sync semua melihat SENGKETA.")

    hub.run("rule", dossier, "--winner", "perlu", "--note", "Sesuai rencana induk", "--as", "kadis")
    with Server(hub) as server:
        meet(server, a, b, opd)
    step6 = [step for step in opd.show(dossier)["steps"] if step["step"] == "6"][0]
    need(step6["outcome"] == "perlu" and step6["state"] == "done", "the ruling settles step 6")
    tell("Kepala Dinas menetapkan: perlu. Pilihan yang kalah tetap terlihat.")

    dates = {"study_by": "2026-03-16", "data_by": "2026-03-23", "ui_by": "2026-03-30", "dev_by": "2026-04-27",
             "uat_from": "2026-04-28", "uat_by": "2026-05-04"}
    fields = [part for name, date in dates.items() for part in ("--set", f"schedule_record.{name}={date}")]
    waiting = a.step(dossier, "kabid", "done", *fields)
    need(waiting["status"] == "waiting", "the schedule waits for the OPD")
    with Server(hub) as server:
        meet(server, a, opd)
        opd.sign(dossier, "kaopd")
        meet(server, opd, a)
    tell("Jadwal ditandatangani kedua pihak.")

    develop(dossier, a, pdf, "1.0")
    with Server(hub) as server:
        meet(server, a, opd)
    opd.step(dossier, "staf", "done", "--row",
             "uat_evaluation.scenarios:feature=Unggah,expected=Berhasil,result=Gagal,ok=tidak")
    finding = opd.json("finding", "add", dossier, "--severity", "mayor", "--title", "Unggah berkas gagal", "--as",
                       "staf")["finding"]
    opd.step(dossier, "kaopd", "belum_sesuai", "--reason", "Unggah gagal", "--target-date", "2026-05-11", "--set",
             "uat_record.round=1", "--set", "uat_record.result=belum_sesuai")
    with Server(hub) as server:
        meet(server, opd, a)
    tell("UAT pertama gagal dengan satu temuan mayor; kembali ke langkah 11.")

    a.run("finding", "answer", dossier, finding[:12], "--status", "diperbaiki", "--text", "Batas ukuran dinaikkan",
          "--as", "ahli")
    rebuild(dossier, a, "1.1")
    with Server(hub) as server:
        meet(server, a, opd)
    opd.run("finding", "answer", dossier, finding[:12], "--status", "diterima", "--as", "staf")
    opd.step(dossier, "staf", "done", "--row",
             "uat_evaluation.scenarios:feature=Unggah,expected=Berhasil,result=Berhasil,ok=ya")
    opd.step(dossier, "kaopd", "sesuai", "--set", "uat_record.round=2", "--set", "uat_record.result=sesuai")
    with Server(hub) as server:
        meet(server, opd, a)
        a.sign(dossier, "kabid")
        a.step(dossier, "ahli", "done", "--set", "user_manual.version=1.1", "--set", f"user_manual.file={pdf}")
        a.step(dossier, "ahli", "done", "--set", "system_release.version=1.1", "--set",
               "system_release.address=arsip.contoh.go.id", "--set", "system_release.live_at=2026-05-12T08:00")
        a.step(dossier, "kabid", "done", "--set", "training_record.held_on=2026-05-13", "--set",
               "training_record.place=Aula", "--set", "training_record.participants=24", "--row",
               "attendance_list.rows:name=Peserta dua,unit=OPD,position=Staf")
        meet(server, a, opd)
        opd.sign(dossier, "kaopd")
        meet(server, opd, a, b)
    last = opd.show(dossier)
    need(last["status"] == "completed" and last["final"], f"closed and final: {last['status']}")
    tell("Perbaikan diterima, UAT kedua sesuai, manual, implementasi, bimtek: berkas SELESAI dan final.")
    return dossier


def develop(dossier, a, pdf, version):
    a.step(dossier, "ahli", "done", "--step", "8")
    a.step(dossier, "ahli", "done", "--step", "9", "--set", f"data_flow_spec.file={pdf}")
    a.step(dossier, "ahli", "done", "--step", "10", "--set", f"ui_design.file={pdf}")
    rebuild(dossier, a, version)


def rebuild(dossier, a, version):
    a.step(dossier, "ahli", "done", "--step", "11", "--set", f"build.version={version}")
    a.step(dossier, "kabid", "done", "--step", "12", "--row",
           "attendance_list.rows:name=Peserta,unit=OPD,position=Staf")

#!/usr/bin/env python3
"""Reads the step tables of the procedures reference (section 1) and writes them as the expected table of the tests.

    Tools/expected-steps.py PROCEDURES.md > Tests/ProcedureTests/Expected/steps.json

Run once per change of the reference; its output is committed, so the tests need nothing else. The reference names actors
and documents in words; NAMES says which role or document each word means. Words that it does not know end the run, so
nothing in a cell is passed over in silence. A step may also bear the title that the worked examples (section 3.3) give it.
"""
import json
import re
import sys

# Roles by the words of the Actor and Signs columns; `party.*` is any role of a party, `?` a signer not waited for.
ROLES = {
    "p1": {
        "Biro/Bagian/Sub Bagian/UPT/Lembaga": [], "Unit pemohon": [], "Pengguna": ["applicant.staff", "applicant.head"],
        "Kepala unit pemohon": ["applicant.head"], "Kepala unit terkait": ["applicant.head"],
        "Unit terkait": ["applicant.*"], "UPT TIK": [], "Helpdesk": ["it.general"], "Kepala UPT TIK": ["it.head"],
        "mengetahui Kepala UPT TIK": ["it.head?"], "Divisi SI": ["it.section_head"],
        "Divisi Sistem Informasi": ["it.section_head"], "Divisi Data dan Dokumentasi": ["it.docs_section"],
        'step text says "Ketua": same position': [],
    },
    "p2": {
        "Pengguna/Departemen pemohon": ["applicant.*"], "Kepala departemen": ["applicant.head"],
        "Tim IT / Pengembangan Aplikasi": ["it.*"], "Ketua Tim IT": ["it.section_head"], "Tim IT": ["it.*"],
        "pengguna akhir": [], "pengguna": ["applicant.*"], "pemohon": ["applicant.*"], "Penguji": ["it.*"],
        "Pihak berwenang / manajemen": ["authority.official"], "Pihak berwenang": ["authority.official"],
        "applicant acknowledges": [],
    },
    "p4": {
        "OPD pemohon": ["applicant.*"], "Kepala OPD": ["applicant.head"], "OPD": ["applicant.*"], "Diskominfo": [],
        "Umum (Sekretariat / Fungsional Umum)": ["it.general"], "Kepala Dinas": ["it.head"], "Umum": ["it.general"],
        "Bidang PTIKP: Kepala Bidang": ["it.field_head"], "Kasi Aplikasi & Integrasi SI": ["it.section_head"],
        "Bidang PTIKP: Kasi, Tenaga Ahli": ["it.section_head", "it.expert"], "Tenaga Ahli": ["it.expert"],
        "Bidang PTIKP:": [], "Bidang PTIKP": ["it.*"], "Kepala Bidang PTIKP": ["it.field_head"],
        "Kabid a.n. Kepala Dinas": ["it.field_head"], "notulis": ["it.field_head"],
    },
    "p5": {
        "PD pemohon": ["applicant.*"], "Kepala PD": ["applicant.head"], "PD": ["applicant.head"],
        "Kepala Diskominfo": ["it.head"], "verifikator bidang Aptika": ["it.verifier"], "Kepala": ["it.head"],
        "Diskominfo:": [], "Diskominfo": ["it.*"], "Tim Pengembang": ["team.developer"],
        "Ketua Tim Pengembang": ["team.developer"], "Tim Penguji": ["team.tester"], "Ketua Tim Penguji": ["team.tester"],
    },
    "p6": {
        "PD pemohon": ["applicant.*"], "Kepala PD": ["applicant.head"], "PD": ["applicant.*"],
        "Kepala Diskominfo": ["it.head"], "Kepala": ["it.head"], "Diskominfo:": [], "Diskominfo": ["it.*"],
        "Tim Pendamping dan Penguji": ["team.escort", "team.tester"], "Tim Penguji": ["team.tester"],
        "Tim Pendamping, Penguji": ["team.escort", "team.tester"], "team lead": ["team.escort", "team.tester"],
        "Pihak Ketiga": ["vendor.*"], "vendor as witness/third signature": ["vendor.lead?"], "vendor": ["vendor.lead"],
        "the vendor is not named in the source": [], "procurement itself happens outside the system": [],
        "all three parties": ["it.head", "applicant.head", "vendor.lead"],
    },
    "p7": {"JFU": ["it.staff"], "Kasubbid": ["it.section_head"], "Kabid": ["it.field_head"]},
}
ROLES["p3"] = dict(ROLES["p2"], **{"Pengguna/Departemen": ["applicant.*"]})

# What may stand in an Actor or Signs cell beside names.
WORDS = {
    "signer", "with", "and", "dan", "gives", "receives", "leads", "accompanied", "by", "didampingi", "presents", "attends", "may",
    "decide", "as", "well", "peserta", "from", "both", "attendees", "sign", "daftar", "hadir", "none", "paraf",
    "for", "a", "refusal", "its", "members", "the", "is", "an", "optional", "setting", "acceptance", "or",
}

# Documents by the words of the input and output columns, `STEP:words` where one step means another by them; "*" is all
# that came before, and an empty list says that no document is meant.
COMMON = {"Daftar hadir": ["attendance_list"], "daftar hadir": ["attendance_list"], "Notulen": ["minutes"]}
DOCUMENTS = {
    "p1": {
        "Surat permohonan pembuatan sistem informasi": ["request_letter"], "Surat permohonan": ["request_letter"],
        "surat permohonan": ["request_letter"], "Formulir permohonan pengembangan sistem": ["request_form"],
        "Formulir/Form pengembangan sistem informasi": ["request_form"], "Form pengembangan SI": ["request_form"],
        "Tanda terima / nomor register": ["receipt"], "Form disetujui": ["request_form"],
        "disposisi ke Divisi SI": ["disposition_sheet"], "Surat Pemberitahuan Hasil Analisis": ["analysis_notice"],
        "Sistem siap uji": ["build"], "Hasil uji coba": ["test_report"], "uji coba berhasil": [],
        "Animasi sistem": ["animation"], "Animasi": ["animation"], "animasi": ["animation"],
        "Manual user": ["user_manual"], "manual user": ["user_manual"],
        "Berita Acara Operasional": ["operational_record"], "dokumentasi kegiatan": ["activity_docs"],
    },
    "p2": {
        "deskripsi proyek": ["request_letter"], "tujuan": ["request_letter"],
        "kebutuhan bisnis/akademik spesifik": ["request_letter"], "Permohonan": ["request_letter"],
        "Hasil evaluasi": ["evaluation_result"], "hasil evaluasi": ["evaluation_result"],
        "Dokumen kebutuhan": ["requirements_spec"], "Rencana proyek": ["project_plan"],
        "Daftar risiko": ["risk_register"], "Izin/persetujuan tertulis": ["permit"],
        "Rencana proyek disetujui": ["project_plan", "permit"], "Rancangan": ["design_doc"], "build": ["build"],
        "Build": ["build"], "Laporan pengujian/QA": ["test_report"], "Sistem lulus uji": ["build"],
        "Sistem beroperasi": ["system_release"], "Sistem": ["system_release"], "Dokumentasi teknis": ["tech_docs"],
        "Panduan pengguna": ["user_manual"], "Instruksi pemeliharaan": ["tech_docs"],
        "Dokumentasi": ["tech_docs", "user_manual"], "Pemberitahuan selesai": ["completion_notice"],
        "BAST optional": ["handover_record"], "Laporan pemantauan": ["monitoring_report"],
    },
    "p4": {
        "Surat permohonan pengembangan sistem/aplikasi": ["request_letter"], "Surat permohonan": ["request_letter"],
        "Nomor agenda": ["agenda_entry"], "the empty lembar disposisi goes with the letter": [], "filled in 3": [],
        "Lembar disposisi terisi": ["disposition_sheet"], "Surat undangan rapat pembahasan": ["invitation_letter"],
        "Surat undangan rapat": ["invitation_letter"], "latar belakang": ["proposal_pack"], "tujuan": ["proposal_pack"],
        "SOP/bisnis proses": ["proposal_pack"], "bentuk inputan & hasil output yang diinginkan": ["proposal_pack"],
        "Surat jawaban if tidak perlu": ["decision_response"],
        "Berita Acara Pengembangan Sistem/Aplikasi & Jadwal Penyelesaian Development & UAT": ["schedule_record"],
        "Rumusan Struktur Data & Alur": ["data_flow_spec"], "Rancangan User Interface": ["ui_design"],
        "Prototype": ["build"], "Evaluasi terhadap sistem": ["uat_evaluation"], "Evaluasi": ["uat_evaluation"],
        "Berita Acara Hasil UAT": ["uat_record"], "Manual Book yang baru": ["user_manual"],
        "Sistem / Aplikasi": ["system_release"], "Manual Book & Sistem": ["user_manual", "system_release"],
        "Berita Acara Hasil Bimbingan Teknis & Daftar Hadir": ["training_record", "attendance_list"],
    },
    "p5": {
        "Surat permohonan pengembangan dan pengelolaan SI": ["request_letter"], "Surat permohonan": ["request_letter"],
        "Data pendukung perencanaan": ["supporting_data"], "data pendukung": ["supporting_data"],
        "Hasil verifikasi": ["verification_result"],
        "Surat pengembalian / Surat penolakan": ["return_notice", "rejection_letter"],
        "Bahan presentasi": ["presentation"], "hasil presentasi": [], "persetujuan": [],
        "ruang lingkup & rencana tahapan": ["scope_plan"], "ruang lingkup": ["scope_plan"],
        "If no: tanggapan berupa argumentasi atau rekomendasi": ["decision_response"],
        "SK Tim / Surat Tugas": ["team_decree"], "Hasil analisa dan disain": ["design_doc"], "disepakati bersama": [],
        "Hasil analisa & disain": ["design_doc"], "SI yang dibuat": ["build"], "A10:SI": ["build"],
        "SI terpasang": ["system_release"], "daftar instalasi": ["system_release"], "SI lulus tes": ["system_release"],
        "SI beroperasi": ["system_release"], "SI": ["system_release"], "Laporan pengetesan": ["test_report"],
        "usulan perbaikan if problems": ["fix_proposal"], "Laporan monev": ["monitoring_report"],
        "Dokumentasi SI": ["tech_docs"], "Panduan penggunaan": ["user_manual"], "all above": "*",
        "Laporan hasil pekerjaan": ["work_report"], "dokumentasi terkait": ["tech_docs"], "Laporan": ["work_report"],
        "dokumentasi": ["tech_docs"], "panduan": ["user_manual"], "Berita Acara Serah Terima": ["handover_record"],
    },
    "p7": {
        "1:Dokumen": ["plan_document"], "Informasi rencana dan anggaran": ["plan_budget_info"],
        "Dokumen Pelaksanaan Anggaran": ["budget_document"], "Informasi maksud dan tujuan": ["purpose_info"],
        "Sistem Informasi": [], "Informasi hubungan antar SI": ["system_link_info"],
        "SI dan subsistem/modul di dalamnya": [], "Informasi fungsi dan posisi subsistem/modul": ["module_info"],
        "5:Dokumen": ["purpose_info"], "Konsep usulan kebutuhan perancangan": ["design_needs@konsep"],
        "Konsep usulan": ["design_needs@konsep"], "Usulan kebutuhan perancangan": ["design_needs@usulan"],
        "Usulan": ["design_needs@usulan"], "Daftar kebutuhan perancangan": ["design_needs@ditetapkan"],
        "Dokumen kebutuhan": ["design_needs@ditetapkan"],
        "Informasi/daftar keterlibatan pihak lain": ["other_party_list"], "catatan koordinasi": ["coordination_note"],
        "Dokumen spesifikasi dan kebutuhan perancangan": ["design_needs@ditetapkan"],
        "Daftar spesifikasi dan kebutuhan": ["spec_list"], "11:Dokumen": ["spec_list"],
        "Konsep usulan KAK": ["tor@konsep"], "Usulan KAK": ["tor@usulan"], "Kerangka Acuan Kerja": ["tor@ditetapkan"],
        "sent to pihak pelaksana pekerjaan": [],
    },
}
DOCUMENTS["p3"] = {
    "reference to the existing system": ["request_letter"], "deskripsi permasalahan atau fitur": ["request_letter"],
    "tujuan": ["request_letter"], "dampak yang diharapkan": ["request_letter"], "Permohonan": ["request_letter"],
    "Hasil evaluasi with urgency grade": ["evaluation_result"], "Dokumen kebutuhan perubahan": ["requirements_spec"],
    "Dokumen kebutuhan": ["requirements_spec"], "Rencana": ["project_plan"], "daftar risiko": ["risk_register"],
    "Izin/persetujuan": ["permit"], "Rencana disetujui": ["project_plan", "permit"], "Build": ["build"],
    "Laporan pengujian": ["test_report"], "Build lulus": ["build"], "Sistem diperbarui": ["system_release"],
    "Sistem": ["system_release"], "Dokumentasi teknis": ["tech_docs"], "Panduan": ["user_manual"],
    "Instruksi pemeliharaan": ["tech_docs"], "Dokumentasi": ["tech_docs", "user_manual"],
    "Pemberitahuan selesai": ["completion_notice"], "Laporan pemantauan": ["monitoring_report"],
    "Laporan evaluasi & pembelajaran": ["lessons_report"],
}
DOCUMENTS["p6"] = dict(DOCUMENTS["p5"], **{
    "Data pendukung": ["supporting_data"], "both": ["request_letter", "supporting_data"], "bahan": ["presentation"],
    "tanggapan argumentasi/rekomendasi if no": ["decision_response"], "SK Tim": ["team_decree"],
    "Surat penunjukan penyedia": ["vendor_appointment"], "Rancangan perjanjian kerjasama": ["contract_draft"],
    "Rancangan perjanjian: syarat dan ketentuan yang telah ditetapkan": ["contract_draft"],
    "Perjanjian kerjasama": ["contract"], "analisa & disain disepakati bersama": ["design_doc"],
    "perjanjian": ["contract"], "B12:SI": ["build"], "Dokumentasi": ["tech_docs"],
})

KINDS = {"ACT": "action", "REV": "review", "DEC": "decision", "APR": "approval", "MTG": "meeting", "HND": "handover",
         "EVA": "evaluation"}
ENDS = {"ditolak": "reject", "tidak_dilanjutkan": "discontinue", "selesai": "advance"}


def fail(text):
    sys.exit("expected-steps: " + text)


def plain(text):
    return text.replace("**", "").strip()


def without_parentheses(text):
    while re.search(r"\([^()]*\)", text):
        text = re.sub(r"\s*\([^()]*\)", "", text)
    return text


def roles(cell, procedure, place):
    """The roles that a cell names; longer names first."""
    found, rest = [], re.sub(r"\(inferred[^)]*\)|\(pemohon\)", "", cell)
    known = ROLES[procedure]
    for words in sorted(known, key=lambda text: (-len(text), text)):
        pattern = r"(?<![\w/])" + re.escape(words) + r"(?!\w)"
        if re.search(pattern, rest):
            rest = re.sub(pattern, " ", rest)
            found += [role for role in known[words] if role not in found]
    unknown = [word for word in re.findall(r"[\w./]+", rest) if word not in WORDS]
    if unknown:
        fail(f"{procedure} {place}: who is {unknown} in '{cell}'?")
    exact = {role.split(".")[0] for role in found if not role.endswith("*")}
    return [role for role in found if not (role.endswith("*") and role.split(".")[0] in exact)]


def documents(cell, procedure, step):
    """The documents that a cell names; none for an empty one."""
    known, found = {**COMMON, **DOCUMENTS[procedure]}, []
    text = without_parentheses(re.sub(r"\. Note in source.*", "", plain(cell)))
    for words in (part.strip() for part in re.split(r"[;,]| and (?=[A-Z])", text)):
        if words in ("none", "blank", ""):
            continue
        named = known.get(f"{step}:{words}", known.get(words))
        if named is None:
            fail(f"{procedure} {step}: which document is '{words}'?")
        if named == "*":
            return "*"
        found += [name for name in named if name not in found]
    return found


def due(cell):
    text = plain(cell)
    if match := re.fullmatch(r"(\d+) Hari", text):
        return f"{match[1]} hari"
    if match := re.fullmatch(r"(\d+) hari kerja", text):
        return f"{match[1]} hari_kerja"
    if text.startswith("Target"):
        return "target"
    if text == "Tentatif":
        return "tentatif"
    if text.startswith(("none", "blank")):
        return ""
    return fail(f"time '{cell}'")


def targets(cell):
    """[target, effect] in the order of the table."""
    found = []
    for clause in without_parentheses(plain(cell)).split(";"):
        if match := re.search(r"fork \{(\w+), (\w+)\}", clause):
            found += [[match[1], "advance"], [match[2], "advance"]]
        elif match := re.search(r"END (\w+)", clause):
            found.append([match[1], ENDS[match[1]]])
        elif match := re.search(r"(return to|rework to|back to|dikembalikan →) ([AB]?\d+[a-z]?)", clause):
            found.append([match[2], "rework" if match[1] == "rework to" else "return"])
        elif match := re.search(r"→ ([AB]?\d+[a-z]?)\b", clause):
            found.append([match[1], "advance"])
    return found


def no_subject(section):
    """Steps whose actor is inferred as a whole, as the head of a section says."""
    if "all actors below are (inferred)" in section:
        return None
    match = re.search(r"Steps (\d+) and (\d+)-(\d+) have no subject", section)
    return [match[1]] + [str(n) for n in range(int(match[2]), int(match[3]) + 1)] if match else []


def read(text):
    examples = re.findall(r'"id": "([^"]+)", "title": "([^"]+)", "kind"', text.split("## 3.3")[1].split("## 3.4")[0])
    fragments = re.findall(r'"note": "(P\d) [^"]*", "id": "([^"]+)", "title": "([^"]+)"', text)
    # Steps of a fragment that follow the one with the note belong to the same procedure.
    follow = {("p1", "6a"): "Animasi sistem", ("p1", "6b"): "Manual user",
              ("p1", "7"): "Deployment, BAO, penyerahan sistem", ("p7", "9"): "Inventarisasi keterlibatan pihak lain"}
    titles = {(code.lower(), step): title for code, step, title in fragments} | follow
    for step, title in examples[:17]:
        titles["p4", step] = title
    for (code, step), title in follow.items():
        if f'"id": "{step}", "title": "{title}"' not in text:
            fail(f"example {code} {step} is gone")
    table = {}
    for section in re.split(r"^## (?=P\d\. )", text, flags=re.M)[1:]:
        section = section.split("\n# ")[0]
        procedure = "p" + section[1]
        inferred = no_subject(section)
        steps = []
        for line in section.splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            if not line.startswith("| ") or len(cells) != 10 or cells[0] == "No":
                continue
            step = plain(cells[0])
            title = plain(cells[1]).replace(" (inferred step)", "")
            actor = plain(cells[3])
            steps.append({
                "id": step, "title": title, "titles": sorted({title, titles.get((procedure, step), title)}),
                "kind": KINDS[cells[7][:3]], "due": due(cells[5]), "actors": roles(actor, procedure, step), "actorCell": actor,
                "actorInferred": inferred is None or step in inferred or "(inferred" in actor,
                "stepInferred": "(inferred step)" in cells[1],
                "inputs": documents(cells[4], procedure, step), "outputs": documents(cells[6], procedure, step),
                "targets": targets(cells[8]), "signers": roles(plain(cells[9]), procedure, step),
                "signsOnRefusal": "refusal" in cells[9],
            })
        source = re.search(r"(\d{3}_\w+\.txt)", section)
        table[procedure] = {"title": section.splitlines()[0], "file": source[1], "steps": steps}
    return table


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        tables = []
        for name, table in read(file.read()).items():
            rows = ",\n    ".join(json.dumps(step, ensure_ascii=False) for step in table.pop("steps"))
            head = json.dumps(table, ensure_ascii=False)[1:-1]
            tables.append(f'  "{name}": {{{head}, "steps": [\n    {rows}\n  ]}}')
        print("{\n" + ",\n".join(tables) + "\n}")

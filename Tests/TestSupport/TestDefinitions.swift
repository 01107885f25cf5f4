/// A small procedure with what the fold is tested on: a decision that can be contested, a document that two parties
/// sign, findings, a rework.
package enum TestDefinitions {
    package static let small = Array(
        """
        {"format": "procedure/1", "id": "uji.kecil", "version": 1, "title": "Uji kecil",
         "source": {"institution": "Uji", "file": "uji.txt", "date": "2026-01-01"},
         "zone": "Asia/Jakarta", "calendar": "id.nasional", "dayUnit": "working",
         "parties": {"applicant": {"kind": "applicant", "label": "OPD"}, "it": {"kind": "it_agency", "label": "Diskominfo"}},
         "roles": {
           "applicant.head": {"party": "applicant", "title": "Kepala OPD"},
           "it.head": {"party": "it", "title": "Kepala Dinas"},
           "it.field_head": {"party": "it", "title": "Kepala Bidang"}},
         "docs": {
           "request": {"title": "Permohonan", "fields": ["subject:text"]},
           "record": {"title": "Berita acara", "fields": ["result:text"],
             "sign": {"need": ["it.field_head", "applicant.head"], "rule": "all"}}},
         "start": "1",
         "steps": [
           {"id": "1", "title": "Mohon", "kind": "action", "by": ["applicant.head"], "brings": ["request"], "due": "1 hari",
            "next": {"done": "2"}},
           {"id": "2", "title": "Putuskan", "kind": "decision", "by": ["it.field_head", "it.head"], "due": "1 hari",
            "contest": {"resolver": "it.head"},
            "next": {"perlu": "3", "tidak_perlu": {"to": "stop", "effect": "discontinue", "ask": ["reason"]}}},
           {"id": "3", "title": "Uji", "kind": "decision", "by": ["applicant.head", "it.field_head"], "gives": ["record"],
            "due": "1 hari", "contest": {"resolver": "it.head"},
            "next": {"sesuai": {"to": "selesai", "when": {"findingsOpen": 0, "severity": ["kritis", "mayor"]}},
                     "belum": {"to": "2", "effect": "rework", "ask": ["findings"], "gives": [], "max": 5, "escalate": "it.head"}}}],
         "ends": {"selesai": {"title": "Selesai", "state": "completed"}, "stop": {"title": "Berhenti", "state": "discontinued"}}}
        """.utf8)
}

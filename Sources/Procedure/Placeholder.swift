/// Procedure: replaced by the first real file of this target.
enum ProcedurePlaceholder {}

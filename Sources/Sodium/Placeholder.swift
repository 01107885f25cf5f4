/// Sodium: replaced by the first real file of this target.
enum SodiumPlaceholder {}

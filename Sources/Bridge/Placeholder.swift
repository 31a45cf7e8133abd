import Store
enum Placeholder {}

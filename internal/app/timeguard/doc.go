// Package timeguard watches the clock of the machine. It counts the time since the start of the program beside it, by a
// clock that cannot be set. While both agree, the machine's clock is the time. Once they part by more than a minute,
// one of them is wrong, and a person must confirm the right one. Until then Now is the counted time, and Transitions,
// the time by which elections open, close and are published, does not advance.
package timeguard

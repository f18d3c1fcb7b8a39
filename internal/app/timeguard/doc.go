// Package timeguard watches the clock of the machine. It counts the time since the start of the program beside it, by a
// clock that cannot be set. While both agree, the machine's clock is the time. Once they part by more than a minute, one
// of them is wrong, and a person must say which: until then Now goes by the counted time, and Transitions, by which
// elections open, close and are published, does not move.
package timeguard

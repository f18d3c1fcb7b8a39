// Package publicurl keeps the address of the election service as voters open it, which letters and printed links carry:
// the rule for it, whether it leads to the reader's own machine, and what an administrator entered once.
package publicurl

// Package approval is the vocabulary in which packages ask for a second administrator: the act, and the
// answer that it waits for another person. It decides nothing. Package auth keeps approvals and their rules; the
// packages whose acts need one ask through an interface of their own, which internal/app wires to auth.
package approval

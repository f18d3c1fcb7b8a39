// Package scan keeps the scans of protocols: files in a folder of their own, each under the SHA-256 of its bytes.
//
// It promises that a stored file is a PDF, JPEG or PNG by its content, no larger than the bound, on disk with its name when
// Receive returns, and that no file under such a name is ever deleted or replaced. Who attached which file is package
// protocol's.
package scan

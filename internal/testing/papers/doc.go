// Package papers measures polling stations and protocols from outside: a list of thousands of protocols beside a batch of
// ballots, many officials who type at the same time beside voters, and the pages and lists of ten thousand stations.
//
// Among the tests its runs are small and look at the counts alone.
package papers

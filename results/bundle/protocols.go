package bundle

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"urna/results"
	"urna/results/bundle/format"
)

// addProtocols adds the votes of protocols to those of the sums, whose places are of.
func addProtocols(final *results.Final, of map[int64]int, votes []map[int64]int64) error {
	for k := range final.Protocols {
		p := &final.Protocols[k]
		if !p.InCount {
			continue
		}
		i, known := of[p.ID]
		if !known {
			return fmt.Errorf("bundle: the votes of protocol %d are in no sum", p.ID)
		}
		if votes[i] == nil {
			votes[i] = map[int64]int64{}
		}
		for poll, n := range p.Sum.Votes {
			if n > 0 {
				votes[i][int64(poll)] += n
			}
		}
	}
	return nil
}

// writeProtocols writes the documents of the entries of all protocols, and the settled numbers.
func writeProtocols(w io.Writer, final *results.Final) error {
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for k := range final.Protocols {
		p := &final.Protocols[k]
		for i, e := range p.Entries {
			if err := encoder.Encode(format.ProtocolLine{Protocol: p.ID, Entry: i + 1, Document: e.Content}); err != nil {
				return fmt.Errorf("bundle: write protocols: %w", err)
			}
		}
		for _, s := range p.Settlements {
			if err := encoder.Encode(format.ProtocolLine{Protocol: p.ID, Number: s.Number, Value: s.Value}); err != nil {
				return fmt.Errorf("bundle: write protocols: %w", err)
			}
		}
	}
	return out.Flush()
}

package protocol

// ShareEvents makes so many entries of a list share an event.
func ShareEvents(s *Service, most int) { s.entriesOfEvent = most }

package batch

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
)

// uploadLifetime is how long an upload waits to be confirmed.
const uploadLifetime = 24 * time.Hour

// Upload is a file that is on disk and checked, and not accepted: it waits until its official has seen what
// would be counted, and confirms.
type Upload struct {
	ID             int64
	ElectionID     int64
	ConstituencyID int64
	StationID      int64 // 0 where the constituency has no polling stations
	OfficialID     int64
	FileName       string
	SHA256         string // hex, of the CSV content
	Bytes          int64  // of the CSV content
	Lines          int64
	SameAs         int64     // the standing batch of the constituency with the same content; 0 for none
	Late           LateCause // why the batch would be late if it were confirmed now; "" if it would not be
	ReceivedAt     time.Time
	ExpiresAt      time.Time

	Compared int64   // lines compared with the ledger so far
	DryRun   *DryRun // what came of it; nil before the end
	Failed   bool    // comparing stopped because of a fault of the machine; it is tried again
}

// CheckIn takes a file in that waits for Confirm or Discard: spooled, checked, synced. Nothing of it is
// counted; what would be is computed in the background. An earlier upload of the same content to the same
// constituency by the same official goes: one question about a file is enough. Refusals are those of
// Receive, without ErrSameFile.
func (s *Service) CheckIn(ctx context.Context, d Delivery, body io.Reader) (Upload, error) {
	arriving, err := s.admitBefore(ctx, &d, true)
	if err != nil {
		return Upload{}, err
	}
	defer arriving.end()
	f, err := s.store(ctx, arriving, d, body, uploadEnd)
	if err != nil {
		return Upload{}, err
	}
	row := uploadRow{
		ElectionID: d.ElectionID, ConstituencyID: d.ConstituencyID, StationID: orNil(d.StationID), OfficialID: d.Actor.ID,
		FileName: cleanFileName(d.FileName), SpoolFile: f.name, SHA256: f.sha256[:], Bytes: f.bytes, Lines: f.lines,
		ReceivedAt: s.options.Now().UnixMilli(),
	}
	var earlier []string
	err = s.db.Write(ctx, func(tx *database.Tx) (err error) {
		if err := arriving.refuseEnded(); err != nil {
			return err
		}
		if _, err := s.admit(tx, &d); err != nil { // the places may be others since the file began to arrive
			return err
		}
		if earlier, err = dropSameUploads(tx, &row); err != nil {
			return err
		}
		if err := insertUpload(tx, &row); err != nil {
			return err
		}
		waiting, err := sumUploads(tx, row.OfficialID, s.oldest())
		if err := errors.Join(err, s.space.withinQuotas(waiting)); err != nil {
			return err
		}
		tx.AfterCommit(s.dryRuns.wake)
		return nil
	})
	if err != nil {
		return Upload{}, s.refuse(ctx, err, f.name)
	}
	for _, name := range earlier {
		s.removeUploadFile(ctx, name)
	}
	return row.upload(), nil
}

// Upload returns an official's own upload that waits for an answer, or ErrUnknownUpload.
func (s *Service) Upload(ctx context.Context, officialID, id int64) (Upload, error) {
	db := s.db.Reader(ctx)
	r, err := findUpload(db, officialID, id, s.oldest())
	if err != nil {
		return Upload{}, err
	}
	u := r.upload()
	s.dryRuns.fillProgress(&u)
	if u.SameAs, err = findSame(db, r.ConstituencyID, r.SHA256); err != nil {
		return u, err
	}
	if u.Late, err = s.Lateness(ctx, u.ElectionID, u.StationID); err == nil {
		err = s.addLateStations(ctx, &u)
	}
	return u, err
}

// addLateStations says of an upload that is not late as a whole whether one of its polling stations is, once they are
// known.
func (s *Service) addLateStations(ctx context.Context, u *Upload) (err error) {
	if u.DryRun == nil {
		return nil
	}
	for _, of := range u.DryRun.Stations {
		if u.Late != "" || err != nil {
			return err
		}
		u.Late, err = s.Lateness(ctx, u.ElectionID, of.StationID)
	}
	return err
}

// Uploads returns all of an official's own uploads that wait for an answer, in the order in which they came.
func (s *Service) Uploads(ctx context.Context, officialID int64) ([]Upload, error) {
	db := s.db.Reader(ctx)
	rows, err := listUploads(db, officialID, s.oldest())
	if err != nil {
		return nil, err
	}
	same, err := findSameOf(db, officialID)
	if err != nil {
		return nil, err
	}
	uploads := make([]Upload, len(rows))
	type place struct{ election, station int64 }
	late := map[place]LateCause{}
	for i := range rows {
		of := place{rows[i].ElectionID, idOf(rows[i].StationID)}
		if _, known := late[of]; !known {
			if late[of], err = s.Lateness(ctx, of.election, of.station); err != nil {
				return nil, err
			}
		}
		uploads[i] = rows[i].upload()
		s.dryRuns.fillProgress(&uploads[i])
		uploads[i].SameAs, uploads[i].Late = same[rows[i].ID], late[of]
		if err := s.addLateStations(ctx, &uploads[i]); err != nil {
			return nil, err
		}
	}
	return uploads, nil
}

// WaitingUploads are one official's uploads for one election that wait for the official's answer.
type WaitingUploads struct {
	OfficialID int64
	ElectionID int64
	Files      int
	Bytes      int64
	Same       int // of them with the content of a standing batch: the official is asked whether to count it again
}

// WaitingUploads counts the uploads that wait, of all officials, for elections that are not certified.
func (s *Service) WaitingUploads(ctx context.Context) ([]WaitingUploads, error) {
	return countUploads(s.db.Reader(ctx), s.oldest())
}

// Usage returns how much of the disk the files take that wait for confirmation, and how much is free.
func (s *Service) Usage(ctx context.Context) (Usage, error) {
	waiting, err := sumUploads(s.db.Reader(ctx), 0, s.oldest())
	if err != nil {
		return Usage{}, err
	}
	free, reserve, err := s.space.free()
	return Usage{Waiting: waiting.InAll, Quota: s.space.inAll, QuotaOfAccount: s.space.ofAccount, Free: free, Reserve: reserve}, err
}

// EndAccount discards the files of an account that wait for confirmation, within the transaction that disables or
// deletes it, and refuses those that still arrive.
func (s *Service) EndAccount(ctx context.Context, tx *database.Tx, account int64) error {
	s.space.endAccount(account)
	return endUploads(ctx, tx, s.spool, account, s.dryRuns.cancelFor)
}

// EndAccount is the method of this name for a program that has no service over the folder, beside a server.
func (files Files) EndAccount(ctx context.Context, tx *database.Tx, account int64) error {
	return endUploads(ctx, tx, files.spool(nil), account, func(int64) {})
}

func endUploads(ctx context.Context, tx *database.Tx, files spool, account int64, ended func(upload int64)) error {
	rows, err := dropUploadsOf(tx, account)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() {
		for _, r := range rows {
			ended(r.ID)
			files.dropUpload(ctx, r.SpoolFile)
		}
	})
	return nil
}

// Answer is an official's word that an upload is to be counted.
type Answer struct {
	UploadID int64
	// SameAs is the standing batch with the same content that the official was told of; 0 for none.
	SameAs int64
	// Late says that the official was told that the batch is late, and Reason why it is. The reason may be left out.
	Late   bool
	Reason string
}

// Confirm is ConfirmAnswer for an upload that is not late.
func (s *Service) Confirm(ctx context.Context, actor audit.Actor, uploadID, known int64) (Batch, error) {
	return s.ConfirmAnswer(ctx, actor, Answer{UploadID: uploadID, SameAs: known})
}

// ConfirmAnswer accepts an upload: it becomes a batch, whose place in the order of acceptance is given now. Asked
// again, it returns the batch that the upload became. If the official was not told of the batch that has the same
// content by now, the refusal is ErrSameFile, and if it is late by now, ErrLate; the upload goes on waiting.
func (s *Service) ConfirmAnswer(ctx context.Context, actor audit.Actor, answer Answer) (Batch, error) {
	uploadID := answer.UploadID
	waiting, err := findUpload(s.db.Reader(ctx), actor.ID, uploadID, s.oldest())
	if err != nil && !errors.Is(err, ErrUnknownUpload) {
		return Batch{}, err
	}
	accepted, naming := "", err
	var parts []part
	if err == nil {
		if parts, err = s.partsOf(ctx, &waiting); err != nil && !errors.Is(err, os.ErrNotExist) { // another request may confirm it
			return Batch{}, err
		}
		accepted, naming = s.spool.accept(ctx, waiting.SpoolFile)
	}
	var row batchRow
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		u, err := findUpload(tx, actor.ID, uploadID, s.oldest())
		if errors.Is(err, ErrUnknownUpload) {
			row, err = findConfirmed(tx, actor.ID, uploadID)
			return err
		}
		if err = errors.Join(err, naming); err != nil { // the file of one that another request confirms may be gone
			return err
		}
		row, err = s.acceptUpload(ctx, tx, actor, u, accepted, parts, answer)
		return err
	})
	if naming == nil && accepted != waiting.SpoolFile && (err != nil || fileOf(row.SpoolFile) != accepted) {
		err = s.refuse(ctx, err, accepted)
	}
	if err != nil {
		return Batch{}, err
	}
	return row.batch(), nil
}

// refuseUntold refuses an upload, of one polling station or in parts, whose official was not told that it is late or
// sent before.
func (s *Service) refuseUntold(tx *database.Tx, u uploadRow, parts []part, answer Answer) error {
	same, err := findSame(tx, u.ConstituencyID, u.SHA256)
	if err != nil {
		return err
	}
	if same != 0 && same != answer.SameAs {
		return sameFile(same)
	}
	e, err := s.elections.Within(tx, u.ElectionID)
	if err != nil {
		return err
	}
	stations := []int64{idOf(u.StationID)}
	for _, p := range parts {
		stations = append(stations, p.station)
	}
	for _, station := range stations {
		late, err := s.lateness(tx, e, station)
		if err == nil && late != "" && !answer.Late {
			err = ErrLate
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// acceptUpload makes a batch of an upload, or one of each part, and returns the first. The file has the accepted name.
func (s *Service) acceptUpload(ctx context.Context, tx *database.Tx, actor audit.Actor, u uploadRow, accepted string, parts []part, answer Answer,
) (row batchRow, err error) {
	if err := s.refuseUntold(tx, u, parts, answer); err != nil {
		return row, err
	}
	if err := deleteUpload(tx, &u); err != nil {
		return row, err
	}
	tx.AfterCommit(func() {
		s.dryRuns.cancelFor(u.ID)
		if u.SpoolFile != accepted {
			s.spool.presort.rename(u.SpoolFile, accepted)
			s.removeUploadFile(ctx, u.SpoolFile)
		}
	})
	row = batchRow{
		OfficialID: actor.ID, OfficialName: actor.Name, FileName: u.FileName,
		SpoolFile: accepted, SHA256: u.SHA256, Bytes: u.Bytes, Lines: u.Lines, UploadID: &u.ID,
	}
	d := Delivery{Actor: actor, ElectionID: u.ElectionID, ConstituencyID: u.ConstituencyID, StationID: idOf(u.StationID), Again: true, Reason: answer.Reason}
	d.MaySplit = len(parts) > 0
	rows := rowsOf(row, parts)
	err = s.acceptRows(ctx, tx, &d, rows)
	return *rows[0], err
}

// Discard deletes an upload, which was never accepted.
func (s *Service) Discard(ctx context.Context, actor audit.Actor, uploadID int64) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		u, err := findUpload(tx, actor.ID, uploadID, time.Time{})
		if err != nil {
			return err
		}
		if err := deleteUpload(tx, &u); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			s.dryRuns.cancelFor(u.ID)
			s.removeUploadFile(ctx, u.SpoolFile)
		})
		return nil
	})
}

// removeUploadFile removes the file of an upload whose row is gone. One that cannot be removed waits for the sweep of
// the next start.
func (s *Service) removeUploadFile(ctx context.Context, name string) { s.spool.dropUpload(ctx, name) }

func (s spool) dropUpload(ctx context.Context, name string) {
	if err := s.drop(context.WithoutCancel(ctx), name); err != nil {
		slog.WarnContext(ctx, "the file of an upload stays in the spool until the next start", "error", err)
	}
}

// oldest is when the oldest upload came that still waits.
func (s *Service) oldest() time.Time { return s.options.Now().Add(-uploadLifetime) }

// expire deletes the uploads that were not confirmed in time, with their files.
func (s *Service) expire(ctx context.Context) error {
	var files []string
	err := s.db.Write(ctx, func(tx *database.Tx) (err error) {
		files, err = expireUploads(tx, s.oldest())
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := s.spool.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

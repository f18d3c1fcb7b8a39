package upload_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"urna/web/upload"
)

const contentType = "multipart/form-data; boundary=xyz"

// value is a part that is a field, or a file without a file name.
func value(name, content string) string {
	return "--xyz\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n"
}

// file is a part with a file name, which may be empty.
func file(name, content string) string {
	return "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n"
}

const end = "--xyz--\r\n"

// read reads a form and returns what its functions got, in order.
func read(form upload.Form, kind string, body io.Reader) (got []string, err error) {
	form.MaxValue = 8
	form.Field = func(f upload.Field) error {
		s := f.Name + "=" + f.Value
		if f.AfterFile {
			s += " after"
		}
		got = append(got, s)
		return nil
	}
	form.File = func(name string, content io.Reader) error {
		text, err := io.ReadAll(content)
		if err == nil {
			got = append(got, "<"+name+" "+string(text)+">")
		}
		return err
	}
	err = form.Read(kind, body)
	return got, err
}

// TestForm_HasTheFilesOfItsRules reads forms under each rule. A file is passed on after the fields behind it.
func TestForm_HasTheFilesOfItsRules(t *testing.T) {
	one, chosen, named := upload.Form{}, upload.Form{Files: upload.Chosen}, upload.Form{Files: upload.Named, IgnoreRest: true}
	several := upload.Form{Files: upload.Chosen, Several: true}
	for name, c := range map[string]struct {
		form upload.Form
		body string
		want []string
		err  error
	}{
		"fields and a file":           {one, value("a", "1") + file("f", "x") + value("b", "2") + end, []string{"a=1", "b=2 after", "<f x>"}, nil},
		"a field twice":               {one, value("a", "1") + value("a", "2") + file("f", "x") + end, []string{"a=1", "a=2", "<f x>"}, nil},
		"a field on both sides":       {one, value("a", "1") + file("f", "x") + value("a", "1") + end, []string{"a=1", "a=1 after", "<f x>"}, nil},
		"a long value is cut":         {one, value("a", "1234567890") + file("f", "x") + end, []string{"a=123456789", "<f x>"}, nil},
		"any file without a name":     {one, value("file", "x") + end, []string{"< x>"}, nil},
		"no file chosen":              {chosen, file("", "") + end, []string{"file="}, upload.ErrNoFile},
		"a value is not chosen":       {chosen, value("file", "x") + end, []string{"file=x"}, upload.ErrNoFile},
		"a named file may be empty":   {named, value("file", "x") + file("", "y") + end, []string{"file=x", "< y>"}, nil},
		"the rest is ignored":         {named, file("f", "x") + file("g", "y") + value("a", "1") + end, []string{"<f x>"}, nil},
		"a folder is no part of it":   {one, file("../f", "x") + end, []string{"<f x>"}, nil},
		"a second file":               {one, file("f", "x") + file("g", "y") + end, nil, upload.ErrSecondFile},
		"a second file behind fields": {chosen, file("f", "x") + value("a", "1") + file("g", "y") + end, []string{"a=1 after"}, upload.ErrSecondFile},
		"several files":               {several, value("a", "1") + file("f", "x") + value("b", "2") + file("g", "y") + end, []string{"a=1", "<f x>", "b=2 after", "<g y>"}, nil},
		"several, none chosen":        {several, file("", "") + end, []string{"file="}, upload.ErrNoFile},
		"no file":                     {one, value("a", "1") + end, []string{"a=1"}, upload.ErrNoFile},
		"an empty body":               {one, "", nil, upload.ErrNoFile},
		"cut in a file":               {one, strings.TrimSuffix(file("f", "x"), "\r\n"), nil, upload.ErrIncomplete},
		"cut behind a file":           {one, file("f", "x") + "--xyz\r\nContent-Disp", nil, upload.ErrIncomplete},
		"cut behind several files":    {several, file("f", "x") + "--xyz\r\nContent-Disp", []string{"<f x>"}, upload.ErrIncomplete},
		"cut behind a boundary":       {one, file("f", "x") + "--xyz", nil, upload.ErrIncomplete},
		"cut, the rest ignored":       {named, file("f", "x") + "--xyz", nil, upload.ErrIncomplete},
		"cut in an ignored part":      {named, file("f", "x") + "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", nil, upload.ErrIncomplete},
		"several, cut at a boundary":  {several, file("f", "x") + "--xyz", []string{"<f x>"}, upload.ErrIncomplete},
		"cut in a field":              {one, "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", nil, upload.ErrIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(c.form, contentType, iotest.OneByteReader(strings.NewReader(c.body)))
			if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
				t.Errorf("want %q, %v, got %q, %v", c.want, c.err, got, err)
			}
		})
	}
	for _, kind := range []string{"", "text/csv", "multipart/form-data", "multipart/mixed; boundary=xyz"} {
		if _, err := read(one, kind, strings.NewReader(file("f", "x")+end)); !errors.Is(err, upload.ErrNotAForm) {
			t.Errorf("%q: want %v, got %v", kind, upload.ErrNotAForm, err)
		}
	}
}

// TestForm_AFileEndsOnlyWithAGoodForm has a refused field behind the file reach the reader of the file, before its end.
func TestForm_AFileEndsOnlyWithAGoodForm(t *testing.T) {
	refusal := errors.New("no such field")
	for name, wrapped := range map[string]bool{"passed on": false, "replaced by the reader": true} {
		t.Run(name, func(t *testing.T) {
			form := upload.Form{Field: func(upload.Field) error { return refusal }}
			form.File = func(_ string, content io.Reader) error {
				_, err := io.ReadAll(content)
				if !errors.Is(err, refusal) {
					t.Errorf("want the file's end refused, got %v", err)
				}
				if _, again := content.Read(make([]byte, 1)); !errors.Is(again, refusal) {
					t.Errorf("want the same again, got %v", again)
				}
				if wrapped {
					return errors.New("the file was not stored")
				}
				return err
			}
			if err := form.Read(contentType, strings.NewReader(file("f", "x")+value("a", "1")+end)); !errors.Is(err, refusal) {
				t.Errorf("want %v, got %v", refusal, err)
			}
		})
	}
}

// TestForm_ABrokenBodyIsIncomplete keeps the body's own error.
func TestForm_ABrokenBodyIsIncomplete(t *testing.T) {
	broken := errors.New("connection reset")
	for name, sent := range map[string]string{"before the file": value("a", "1"), "in the file": strings.TrimSuffix(file("f", "x"), "\r\n"), "behind the file": file("f", "x") + "--xyz\r\n"} {
		body := io.MultiReader(strings.NewReader(sent), iotest.ErrReader(broken))
		if _, err := read(upload.Form{}, contentType, body); !errors.Is(err, upload.ErrIncomplete) || !errors.Is(err, broken) {
			t.Errorf("%s: want %v of %v, got %v", name, upload.ErrIncomplete, broken, err)
		}
	}
}

package main

import (
	"io"
	"os"

	"github.com/klauspost/compress/zlib"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/packstage"
)

// floor does the work that no writer can avoid: it reads the files of a job, hashes them and
// deflates them, and sends nothing.
func (j *job) floor() (*result, error) {
	format := gitobj.SHA1
	if j.Format != "" {
		var err error
		if format, err = gitobj.ParseFormat(j.Format); err != nil {
			return nil, err
		}
	}
	ph := newPhases()
	z, err := zlib.NewWriterLevel(io.Discard, packstage.DefaultLevel)
	if err != nil {
		return nil, err
	}
	res := &result{Hashes: make(map[string]string, len(j.Files)), Phases: ph.ms}
	for _, f := range j.Files {
		content, err := os.ReadFile(f.SrcFile)
		if err != nil {
			return nil, err
		}
		res.Hashes[f.Path] = gitobj.Hash(format, gitobj.KindBlob, content).String()
		z.Reset(io.Discard)
		if _, err := z.Write(content); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
	}
	ph.mark("floor")
	return res, nil
}

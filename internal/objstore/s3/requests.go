package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// read returns the value under a key, of at most limit bytes, which it takes from room: nil if
// there is none, if it is longer or too old.
func (s *Store) read(ctx context.Context, key string, limit int64, room *objstore.Room) ([]byte, error) {
	body, info, header, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		if missing(err) {
			return nil, nil
		}
		return nil, err
	}
	defer func() { _ = body.Close() }() // the value has been read
	if info.Size > limit || s.tooOld(info.LastModified, header) {
		return nil, nil
	}
	size := info.Size
	if size < 0 { // not said: read as it comes
		size = limit
	}
	if !room.Take(size) {
		return nil, nil
	}
	var v []byte
	if info.Size < 0 {
		v, err = io.ReadAll(io.LimitReader(body, limit+1))
	} else {
		v = make([]byte, size)
		_, err = io.ReadFull(body, v)
	}
	if err != nil || int64(len(v)) > limit {
		room.Give(size)
		if err != nil {
			err = fmt.Errorf("read %s: %w", key, err)
		}
		return nil, err
	}
	room.Give(size - int64(len(v)))
	return v, nil
}

// tooOld compares two times of the server's, whatever our own clock says.
func (s *Store) tooOld(modified time.Time, header http.Header) bool {
	if s.ttl == 0 {
		return false
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = s.now()
	}
	return now.Sub(modified) >= s.ttl
}

func (s *Store) write(ctx context.Context, key string, value []byte) error {
	sum := sha256.Sum256(value)
	// The content's hash is in the signature, so that the value is sent in a single piece, which
	// every server understands.
	_, err := s.client.PutObject(ctx, s.bucket, key, bytes.NewReader(value), int64(len(value)), "", hex.EncodeToString(sum[:]),
		minio.PutObjectOptions{ContentType: "application/octet-stream", DisableContentSha256: true})
	return err
}

// missing reports whether an error says that there is nothing under a key.
func missing(err error) bool { return minio.ToErrorResponse(err).Code == minio.NoSuchKey }

// badCredentials are codes that speak of the credentials; servers do not agree about upper and
// lower case.
var badCredentials = []string{"InvalidAccessKeyId", "XAdminUserNotFound", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}

// next returns the next step for an error of the server or of the network.
func (s *Store) next(err error) string {
	switch e := minio.ToErrorResponse(err); {
	case e.Code == minio.NoSuchBucket:
		return "create the bucket, or name another one"
	case slices.ContainsFunc(badCredentials, func(code string) bool { return strings.EqualFold(code, e.Code) }):
		return "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile that AWS_PROFILE names"
	case e.StatusCode == http.StatusForbidden:
		return "allow s3:GetObject and s3:PutObject on these keys, and s3:ListBucket, without which a missing key is forbidden too; " +
			"if there are no credentials, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	case e.StatusCode == http.StatusMovedPermanently, e.Code == "AuthorizationHeaderMalformed":
		return "set the region that the bucket is in"
	case isCorrupt(err), isCancelled(err):
		return ""
	case isNetwork(err):
		return "check that the server runs and that the cache's endpoint is right"
	}
	return ""
}

var _ objstore.Hints = (*Store)(nil)

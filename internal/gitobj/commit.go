package gitobj

import (
	"fmt"
	"strings"
)

// Commit is a commit object.
//
//	tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
//	parent …                                        none or more
//	author A U Thor <author@example.com> 1700000000 +0100
//	committer C O Mitter <committer@example.com> 1700000000 +0000
//	gpgsig -----BEGIN SSH SIGNATURE-----            Extra: any further headers, in order;
//	 …                                              lines after the first begin with a blank
//
//	message
type Commit struct {
	Tree      ID
	Parents   []ID
	Author    Signature
	Committer Signature
	Extra     []Header // encoding, mergetag, gpgsig, …
	Message   string   // everything after the empty line, as it is

	// RawAuthor and RawCommitter are the values of lines that are not written as Signature.Append
	// writes them ("-0000", blanks, missing parts). ParseCommit sets them for such lines only.
	// Append writes a value that is not empty instead of the signature, so code that changes the
	// signature of a parsed commit has to clear it.
	RawAuthor, RawCommitter string

	headOnly bool // the object ends with the headers, without even the empty line
}

// ParseCommit reads a commit. Append gives the same bytes again for every commit that git fsck
// accepts, and for commits with odd author lines; of other commits it keeps the parts that it can
// read. As git does, it takes ids in capital letters, and a last header without an end, after the
// tree. It requires a tree in the first line and ids of format f; the rest may be missing. Errors
// wrap ErrMalformed.
func ParseCommit(f Format, raw []byte) (*Commit, error) {
	c := &Commit{}
	text := string(raw)
	for first := true; ; first = false {
		if text == "" {
			c.headOnly = true
			break
		}
		h, rest, body, err := nextHeader(text)
		if err != nil {
			return nil, fmt.Errorf("commit: %w", err)
		}
		if first && rest == "" && !strings.HasSuffix(text, "\n") {
			return nil, fmt.Errorf("commit: %w: header %.80q has no end", ErrMalformed, h.Key)
		}
		if first != (h.Key == "tree") {
			return nil, fmt.Errorf("commit: %w: the first header, and only that, has to be the tree", ErrMalformed)
		}
		text = rest
		if body {
			c.Message = text
			break
		}
		if err := c.header(f, h); err != nil {
			return nil, fmt.Errorf("commit: %s: %w", h.Key, err)
		}
	}
	if c.Tree == (ID{}) {
		return nil, fmt.Errorf("commit: %w: no tree", ErrMalformed)
	}
	return c, nil
}

// header sets the field of a header, or adds it to Extra when it is repeated or out of place.
func (c *Commit) header(f Format, h Header) (err error) {
	var (
		extra     = len(c.Extra) > 0
		committed = extra || !c.Committer.When.IsZero()
		authored  = committed || !c.Author.When.IsZero()
	)
	switch {
	case h.Key == "tree":
		c.Tree, err = parseFormatID(f, h.Value)
	case h.Key == "parent" && !authored:
		var id ID
		id, err = parseFormatID(f, h.Value)
		c.Parents = append(c.Parents, id)
	case h.Key == "author" && !authored && h.isLine():
		c.Author, c.RawAuthor = parseSignatureRaw(h.Value)
	case h.Key == "committer" && !committed && h.isLine():
		c.Committer, c.RawCommitter = parseSignatureRaw(h.Value)
	default:
		c.Extra = append(c.Extra, h)
	}
	return err
}

// parseFormatID reads a hexadecimal id of format f.
func parseFormatID(f Format, s string) (ID, error) {
	id, err := ParseID(strings.ToLower(s)) // as git reads them (hex.c: get_oid_hex)
	if err != nil {
		return ID{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if id.Format() != f {
		return ID{}, fmt.Errorf("%w: id %s is no %s object id", ErrMalformed, s, f)
	}
	return id, nil
}

// parseSignatureRaw also returns the value as raw when the signature would not be written like it.
func parseSignatureRaw(value string) (s Signature, raw string) {
	s = ParseSignature(value)
	if s.String() == value {
		return s, ""
	}
	return s, value
}

// Append writes the commit. A new commit needs Validate first, a parsed commit does not.
func (c *Commit) Append(dst []byte) []byte {
	dst = append(c.Tree.AppendHex(append(dst, "tree "...)), '\n')
	for _, p := range c.Parents {
		dst = append(p.AppendHex(append(dst, "parent "...)), '\n')
	}
	dst = appendSignature(dst, "author ", c.Author, c.RawAuthor)
	dst = appendSignature(dst, "committer ", c.Committer, c.RawCommitter)
	for _, h := range c.Extra {
		dst = h.append(dst)
	}
	if c.headOnly && c.Message == "" {
		return dst
	}
	dst = append(dst, '\n')
	return append(dst, c.Message...)
}

// appendSignature writes a signature's line, and nothing for a signature that was absent.
func appendSignature(dst []byte, key string, s Signature, raw string) []byte {
	switch {
	case raw != "":
		dst = append(append(dst, key...), raw...)
	case s == Signature{}:
		return dst
	default:
		dst = s.Append(append(dst, key...))
	}
	return append(dst, '\n')
}

// Sign adds an armored signature of the commit, as `git commit -S` does: after all other headers,
// under the key that commits of this object format have for it. The signed bytes are those that
// Append writes before Sign is called. Newlines at the end of the signature are left out.
func (c *Commit) Sign(armored string) {
	key := "gpgsig"
	if c.Tree.Format() == SHA256 {
		key = "gpgsig-sha256"
	}
	c.Extra = append(c.Extra, Header{Key: key, Value: strings.TrimRight(armored, "\n")})
}

// Validate refuses a commit that Git would not accept or not read back as it was written. Its
// errors are *FieldError. It is for new commits: it refuses parsed commits with odd lines.
func (c *Commit) Validate() error {
	if c.Tree.IsZero() {
		return &FieldError{Field: "tree", Reason: "is missing"}
	}
	for _, p := range c.Parents {
		if p.IsZero() || p.Format() != c.Tree.Format() {
			return &FieldError{Field: "parent", Value: p.String(), Reason: "is no " + c.Tree.Format().String() + " object id"}
		}
	}
	if c.RawAuthor != "" || c.RawCommitter != "" {
		return &FieldError{Field: "author or committer", Value: c.RawAuthor + c.RawCommitter, Reason: "is a raw line; set the signature instead"}
	}
	if err := c.Author.Validate(); err != nil {
		return within("author", err)
	}
	if err := c.Committer.Validate(); err != nil {
		return within("committer", err)
	}
	if err := checkExtra(c.Extra, "tree", "parent", "author", "committer"); err != nil {
		return err
	}
	return checkMessage(c.Message, c.Extra)
}

package gitobj

import (
	"fmt"
	"strings"
)

// Tag is an annotated tag.
//
//	object 4b825dc642cb6eb9a060e54bf8d69288fbee4904
//	type commit
//	tag v1.0
//	tagger A U Thor <author@example.com> 1700000000 +0100     old tags have none
//
//	message, and after it the signature, if any
type Tag struct {
	Object  ID
	Kind    Kind // of Object
	Name    string
	Tagger  Signature
	Extra   []Header
	Message string

	// RawTagger is the value of a tagger line that is not written as Signature.Append writes it;
	// see Commit.RawAuthor.
	RawTagger string

	headOnly bool // the object ends with the headers, without even the empty line
}

// ParseTag reads an annotated tag. Append gives the same bytes again for every tag that git fsck
// accepts, but for an id in capital letters. The first three headers have to be there, in their
// order. Errors wrap ErrMalformed.
func ParseTag(f Format, raw []byte) (*Tag, error) {
	t := &Tag{}
	text := string(raw)
	if !strings.Contains(text, "\n\n") && !strings.HasSuffix(text, "\n") {
		return nil, fmt.Errorf("tag: %w: its last header has no end", ErrMalformed)
	}
	n := 0
	for ; text != ""; n++ {
		h, rest, body, err := nextHeader(text)
		if err != nil {
			return nil, fmt.Errorf("tag: %w", err)
		}
		text = rest
		if body {
			break
		}
		if err := t.header(f, n, h); err != nil {
			return nil, fmt.Errorf("tag: %s: %w", h.Key, err)
		}
		t.headOnly = text == ""
	}
	if n < len(tagHeaders) {
		return nil, fmt.Errorf("tag: %w: no %s", ErrMalformed, tagHeaders[n])
	}
	t.Message = text
	return t, nil
}

// tagHeaders are the headers that every tag begins with.
var tagHeaders = [...]string{"object", "type", "tag"}

// header sets the field of the header at index n.
func (t *Tag) header(f Format, n int, h Header) (err error) {
	if n < len(tagHeaders) && (h.Key != tagHeaders[n] || !h.isLine()) {
		return fmt.Errorf("%w: want a line with the %s there", ErrMalformed, tagHeaders[n])
	}
	switch {
	case n == 0:
		t.Object, err = parseFormatID(f, h.Value)
	case n == 1:
		t.Kind, err = parseKind(h.Value)
	case n == 2:
		t.Name = h.Value
	case n == 3 && h.Key == "tagger" && h.isLine():
		t.Tagger, t.RawTagger = parseSignatureRaw(h.Value)
	default:
		t.Extra = append(t.Extra, h)
	}
	return err
}

// parseKind reads the name of a kind.
func parseKind(name string) (Kind, error) {
	for k := KindCommit; k <= KindTag; k++ {
		if k.String() == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%w: %.40q is no kind of object", ErrMalformed, name)
}

// Append writes the tag. A new tag needs Validate first, a parsed tag does not.
func (t *Tag) Append(dst []byte) []byte {
	dst = append(t.Object.AppendHex(append(dst, "object "...)), '\n')
	dst = append(append(append(dst, "type "...), t.Kind.String()...), '\n')
	dst = append(append(append(dst, "tag "...), t.Name...), '\n')
	dst = appendSignature(dst, "tagger ", t.Tagger, t.RawTagger)
	for _, h := range t.Extra {
		dst = h.append(dst)
	}
	if t.headOnly && t.Message == "" {
		return dst
	}
	dst = append(dst, '\n')
	return append(dst, t.Message...)
}

// Sign adds an armored signature of the tag, as `git tag -s` does: after the message, in every
// object format. The signed bytes are those that Append writes before Sign is called.
func (t *Tag) Sign(armored string) { t.Message += strings.TrimRight(armored, "\n") + "\n" }

// signatureLines are the lines that signatures begin with (gpg-interface.c).
var signatureLines = []string{
	"-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----", "-----BEGIN SIGNED MESSAGE-----", "-----BEGIN SSH SIGNATURE-----",
}

// SplitSignature splits the message of a tag before its signature, which is empty if the tag is not
// signed. As for Git, the last line that begins a signature counts.
func SplitSignature(message string) (text, signature string) {
	at, offset := len(message), 0
	for line := range strings.Lines(message) {
		for _, begin := range signatureLines {
			if strings.HasPrefix(line, begin) {
				at = offset
			}
		}
		offset += len(line)
	}
	return message[:at], message[at:]
}

// Validate refuses a tag that Git would not accept or not read back as it was written. Its errors
// are *FieldError. It does not check that Git allows Name as the name of a ref.
func (t *Tag) Validate() error {
	switch {
	case t.Object.IsZero():
		return &FieldError{Field: "object", Reason: "is missing"}
	case !t.Kind.Valid():
		return &FieldError{Field: "type", Reason: "is missing"}
	case t.Name == "" || strings.ContainsAny(t.Name, "\n\x00 "):
		return &FieldError{Field: "tag name", Value: t.Name, Reason: "has to be one word"}
	case t.RawTagger != "":
		return &FieldError{Field: "tagger", Value: t.RawTagger, Reason: "is a raw line; set the signature instead"}
	}
	if err := t.Tagger.Validate(); err != nil {
		return within("tagger", err)
	}
	if err := checkExtra(t.Extra, "object", "type", "tag", "tagger"); err != nil {
		return err
	}
	return checkMessage(t.Message, t.Extra)
}

// Package packedmap carries an attribute of type map(string) past the framework as a single string.
//
//	engine ◄── map(string) ──► Pack, Unpack ◄── string ──► framework ◄──► Elements, Of ◄──► model
//
// The framework makes a value of each element of a map, and walks to each of them by its path, from
// the root of the schema, several times in each request. With the 50,000 files of a nanogit_files
// that was four fifths of the provider's CPU in a plan, and most of its memory. What upstream would
// have to change: walk a value and its schema side by side, and leave maps of plain values alone
// (internal/fwschemadata, Data.NullifyCollectionBlocks and TransformDefaults; tftypes.Transform).
//
// A packed map lists its elements in the order of their keys, so that equal maps are equal strings:
//
//	5:a.txt=40:8ab686eafeb1f44702738c8b0f24f2567c36da6d5:b.txt?
//
// Lengths are in bytes. "?" stands for a value that is not known yet, "!" for null.
package packedmap

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ErrMalformed is the error of a string that is no packed map.
var ErrMalformed = errors.New("malformed packed map")

// The signs between a key and its value.
const (
	given   = '='
	unknown = '?'
	null    = '!'
)

// Of packs a map.
func Of(elements map[string]types.String) types.String {
	var b strings.Builder
	b.Grow(size(elements))
	for _, key := range slices.Sorted(maps.Keys(elements)) {
		write(&b, key, elements[key])
	}
	return types.StringValue(b.String())
}

// size is about the length of a packed map.
func size(elements map[string]types.String) (n int) {
	const lengths = 8
	for key, v := range elements {
		n += len(key) + len(v.ValueString()) + lengths
	}
	return n
}

func write(b *strings.Builder, key string, v types.String) {
	text(b, key)
	switch {
	case v.IsUnknown():
		b.WriteByte(unknown)
	case v.IsNull():
		b.WriteByte(null)
	default:
		b.WriteByte(given)
		text(b, v.ValueString())
	}
}

func text(b *strings.Builder, s string) {
	b.WriteString(strconv.Itoa(len(s)))
	b.WriteByte(':')
	b.WriteString(s)
}

// Elements unpacks a map. One that is null or not known has no elements. The strings share the
// memory of the packed map. The error is ErrMalformed.
func Elements(packed types.String) (map[string]types.String, error) {
	elements := make(map[string]types.String, strings.Count(packed.ValueString(), ":")/2)
	err := each(packed.ValueString(), func(key string, v types.String) { elements[key] = v })
	return elements, err
}

// each calls f for each element of a packed map, in its order.
func each(s string, f func(key string, v types.String)) error {
	for s != "" {
		key, rest, ok := cut(s)
		if !ok || rest == "" {
			return ErrMalformed
		}
		sign := rest[0]
		s = rest[1:]
		switch sign {
		case unknown:
			f(key, types.StringUnknown())
		case null:
			f(key, types.StringNull())
		case given:
			var value string
			if value, s, ok = cut(s); !ok {
				return ErrMalformed
			}
			f(key, types.StringValue(value))
		default:
			return fmt.Errorf("%w: sign %q", ErrMalformed, sign)
		}
	}
	return nil
}

// cut reads a length and the text that follows it.
func cut(s string) (text, rest string, ok bool) {
	digits, rest, ok := strings.Cut(s, ":")
	n, err := strconv.ParseUint(digits, 10, 31)
	if !ok || err != nil || n > uint64(len(rest)) {
		return "", "", false
	}
	return rest[:n], rest[n:], true
}

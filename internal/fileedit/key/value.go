package key

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
)

// Value is a value of a document:
//
//	nil | bool | string | Number | []Value | Map
//
// A date or time is the string of its text.
type Value any

// Number is the text of a decimal number, as JSON writes it (RFC 8259, section 6); "inf", "-inf"
// and "nan" stand for the others of YAML and TOML.
type Number string

// Map is a mapping in the order of the document. Its keys differ.
type Map []Entry

// Entry is a key of a mapping and its value.
type Entry struct {
	Key   string
	Value Value
}

// Get returns the value of a key.
func (m Map) Get(key string) (Value, bool) {
	for _, e := range m {
		if e.Key == key {
			return e.Value, true
		}
	}
	return nil, false
}

// maxExponent bounds the exponents of numbers that are compared as numbers.
const maxExponent = 1000

// Equal reports whether two values mean the same: numbers by their amount, mappings without regard
// to the order of their keys.
func Equal(a, b Value) bool {
	switch a := a.(type) {
	case Number:
		b, ok := b.(Number)
		return ok && (a == b || sameAmount(a, b))
	case []Value:
		b, ok := b.([]Value)
		return ok && slices.EqualFunc(a, b, Equal)
	case Map:
		b, ok := b.(Map)
		return ok && sameEntries(a, b)
	}
	switch b.(type) {
	case []Value, Map:
		return false
	}
	return a == b
}

// sameEntries compares mappings; keys are looked up in an index, since a document may have many.
func sameEntries(a, b Map) bool {
	if len(a) != len(b) {
		return false
	}
	index := make(map[string]Value, len(b))
	for _, e := range b {
		index[e.Key] = e.Value
	}
	for _, e := range a {
		v, ok := index[e.Key]
		if !ok || !Equal(e.Value, v) {
			return false
		}
	}
	return true
}

func sameAmount(a, b Number) bool {
	x, y := a.rat(), b.rat()
	return x != nil && y != nil && x.Cmp(y) == 0
}

// rat is the number, or nil for one that is not finite or whose exponent is out of bounds.
func (n Number) rat() *big.Rat {
	text := string(n)
	if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok {
		e, ok := new(big.Int).SetString(exponent, 10)
		if !ok || !e.IsInt64() || e.Int64() > maxExponent || e.Int64() < -maxExponent {
			return nil
		}
	}
	if strings.ContainsAny(text, "/_xXoObBpP") {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}

// Canonical is a text for a value such that values have the same text if and only if they are
// Equal: JSON with sorted keys. Numbers of huge exponents count as their text.
func Canonical(v Value) string {
	var b bytes.Buffer
	canonical(&b, v)
	return b.String()
}

func canonical(b *bytes.Buffer, v Value) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		if v {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	case Number:
		if r := v.rat(); r != nil {
			b.WriteString(r.RatString())
		} else {
			b.WriteString(string(v))
		}
	case string:
		writeString(b, v)
	case []Value:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			canonical(b, e)
		}
		b.WriteByte(']')
	case Map:
		sorted := slices.SortedFunc(slices.Values(v), func(x, y Entry) int { return strings.Compare(x.Key, y.Key) })
		b.WriteByte('{')
		for i, e := range sorted {
			if i > 0 {
				b.WriteByte(',')
			}
			writeString(b, e.Key)
			b.WriteByte(':')
			canonical(b, e.Value)
		}
		b.WriteByte('}')
	}
}

func writeString(b *bytes.Buffer, s string) {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	b.Write(text)
}

package packedmap

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// Pack packs the maps of these attributes in an object that an engine sent. It returns a value of
// its own, and v itself where there is nothing to pack.
func Pack(v *tfprotov6.DynamicValue, attributes []string) (*tfprotov6.DynamicValue, error) {
	if v == nil || len(attributes) == 0 {
		return v, nil
	}
	if len(v.MsgPack) == 0 {
		packed, err := PackJSON(v.JSON, attributes)
		return &tfprotov6.DynamicValue{JSON: packed}, err
	}
	packed, err := rewrite(v.MsgPack, attributes, pack)
	return &tfprotov6.DynamicValue{MsgPack: packed}, err
}

// Unpack is the way back from Pack, for an object that an engine is to get.
func Unpack(v *tfprotov6.DynamicValue, attributes []string) (*tfprotov6.DynamicValue, error) {
	if v == nil || len(v.MsgPack) == 0 || len(attributes) == 0 {
		return v, nil // the framework answers in MessagePack
	}
	unpacked, err := rewrite(v.MsgPack, attributes, unpack)
	return &tfprotov6.DynamicValue{MsgPack: unpacked}, err
}

// PackJSON is Pack for an object as states have it.
func PackJSON(object []byte, attributes []string) ([]byte, error) {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(object, &values); err != nil || values == nil {
		return object, nil //nolint:nilerr // no object: the framework says so
	}
	for _, name := range attributes {
		var elements map[string]*string
		if err := json.Unmarshal(values[name], &elements); err != nil || elements == nil {
			continue // null, missing, or what the framework will refuse
		}
		packed := make(map[string]types.String, len(elements))
		for key, v := range elements {
			packed[key] = types.StringPointerValue(v)
		}
		var err error
		if values[name], err = json.Marshal(Of(packed).ValueString()); err != nil {
			return nil, err
		}
	}
	return json.Marshal(values)
}

// convert reads the value of an attribute and writes it in the other form.
type convert func(dec *msgpack.Decoder, enc *msgpack.Encoder) error

// rewrite converts these attributes of an object, and copies the others. The encoding is that of
// cty: null is nil, and what is not known is an extension.
func rewrite(object []byte, attributes []string, f convert) ([]byte, error) {
	dec := msgpack.NewDecoder(bytes.NewReader(object))
	if code, err := dec.PeekCode(); err != nil || code == msgpcode.Nil || msgpcode.IsExt(code) {
		return object, err
	}
	n, err := dec.DecodeMapLen()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(len(object))
	enc := msgpack.NewEncoder(&out)
	if err := enc.EncodeMapLen(n); err != nil {
		return nil, err
	}
	for range n {
		name, err := dec.DecodeString()
		if err != nil {
			return nil, err
		}
		if err := enc.EncodeString(name); err != nil {
			return nil, err
		}
		code, err := dec.PeekCode()
		if err != nil {
			return nil, err
		}
		if !slices.Contains(attributes, name) || code == msgpcode.Nil || msgpcode.IsExt(code) {
			if err := copyValue(dec, enc); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		if err := f(dec, enc); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return out.Bytes(), nil
}

func copyValue(dec *msgpack.Decoder, enc *msgpack.Encoder) error {
	raw, err := dec.DecodeRaw()
	if err != nil {
		return err
	}
	return enc.Encode(raw)
}

// element is an element of a map that is read.
type element struct {
	key   string
	value types.String
}

// pack converts a map to a string. Terraform sends maps in the order of their keys.
func pack(dec *msgpack.Decoder, enc *msgpack.Encoder) error {
	n, err := dec.DecodeMapLen()
	if err != nil {
		return err
	}
	elements := make([]element, 0, min(n, 1<<16)) // of a map that says it is longer, in steps
	length := 0
	for range n {
		var e element
		if e.key, err = dec.DecodeString(); err != nil {
			return err
		}
		if e.value, err = decode(dec); err != nil {
			return err
		}
		elements = append(elements, e)
		length += len(e.key) + len(e.value.ValueString()) + len("000:=00:")
	}
	byKey := func(x, y element) int { return cmp.Compare(x.key, y.key) }
	if !slices.IsSortedFunc(elements, byKey) {
		slices.SortFunc(elements, byKey)
	}
	var b strings.Builder
	b.Grow(length)
	for _, e := range elements {
		write(&b, e.key, e.value)
	}
	return enc.EncodeString(b.String())
}

// decode reads a value of a map.
func decode(dec *msgpack.Decoder) (types.String, error) {
	code, err := dec.PeekCode()
	switch {
	case err != nil:
		return types.String{}, err
	case code == msgpcode.Nil:
		return types.StringNull(), dec.DecodeNil()
	case msgpcode.IsExt(code):
		return types.StringUnknown(), dec.Skip()
	}
	s, err := dec.DecodeString()
	return types.StringValue(s), err
}

// notKnown is a value that is not known yet.
var notKnown = msgpack.RawMessage{msgpcode.FixExt1, 0, 0}

// unpack converts a string to the map that is packed in it.
func unpack(dec *msgpack.Decoder, enc *msgpack.Encoder) error {
	s, err := dec.DecodeString()
	if err != nil {
		return err
	}
	n := 0
	if err := each(s, func(string, types.String) { n++ }); err != nil {
		return err
	}
	if err := enc.EncodeMapLen(n); err != nil {
		return err
	}
	var failed error
	_ = each(s, func(key string, v types.String) { // read to its end before
		if failed == nil {
			failed = encode(enc, key, v)
		}
	})
	return failed
}

func encode(enc *msgpack.Encoder, key string, v types.String) error {
	if err := enc.EncodeString(key); err != nil {
		return err
	}
	switch {
	case v.IsUnknown():
		return enc.Encode(notKnown)
	case v.IsNull():
		return enc.EncodeNil()
	}
	return enc.EncodeString(v.ValueString())
}

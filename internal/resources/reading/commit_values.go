package reading

import (
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/unicode/norm"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// commitValues are the values of a commit, besides its id.
type commitValues struct {
	TreeID        types.String `tfsdk:"tree_id"`
	Parents       types.List   `tfsdk:"parents"`
	Author        types.Object `tfsdk:"author"`
	Committer     types.Object `tfsdk:"committer"`
	Subject       types.String `tfsdk:"subject"`
	Message       types.String `tfsdk:"message"`
	Trailers      types.Map    `tfsdk:"trailers"`
	Signature     types.String `tfsdk:"signature"`
	SignatureKind types.String `tfsdk:"signature_kind"`
}

// person has the types of an author or committer.
var person = map[string]attr.Type{"name": types.StringType, "email": types.StringType, "date": types.StringType}

// commitAttributes describe commitValues.
func commitAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"tree_id": schema.StringAttribute{MarkdownDescription: "Id of the root directory (`git rev-parse REF^{tree}`).", Computed: true},
		"parents": schema.ListAttribute{
			MarkdownDescription: "Ids of the parents: none of a first commit, several of a merge.", ElementType: types.StringType, Computed: true,
		},
		"author":    personAttribute("Who wrote the change."),
		"committer": personAttribute("Who made the commit."),
		"subject":   schema.StringAttribute{MarkdownDescription: "The first paragraph of the message in a line (`git log --format=%s`).", Computed: true},
		"message":   schema.StringAttribute{MarkdownDescription: "The whole message, with the newline at its end.", Computed: true},
		"trailers": schema.MapAttribute{
			MarkdownDescription: "Trailers at the end of the message, by key (`git log --format='%(trailers:only,unfold)'`). A key may occur several times: each has a list of values, in their order.",
			ElementType:         types.ListType{ElemType: types.StringType}, Computed: true,
		},
		"signature": schema.StringAttribute{
			MarkdownDescription: "The signature in its armor; null of a commit that is not signed. It is not verified.", Computed: true,
		},
		"signature_kind": schema.StringAttribute{
			MarkdownDescription: "`ssh`, `openpgp` or `x509`, by the first line of the signature; null of a commit that is not signed, and of any other signature.", Computed: true,
		},
	}
}

func personAttribute(who string) schema.Attribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: who, Computed: true,
		Attributes: map[string]schema.Attribute{
			"name":  schema.StringAttribute{MarkdownDescription: "Name.", Computed: true},
			"email": schema.StringAttribute{MarkdownDescription: "E-mail address.", Computed: true},
			"date":  schema.StringAttribute{MarkdownDescription: "Date and time with the person's own zone, as in RFC 3339.", Computed: true},
		},
	}
}

// valuesOf are the values of a commit. Names and message are decoded if the commit says that it is
// in another encoding than UTF-8, as git log does.
func valuesOf(c *gitobj.Commit) commitValues {
	decode := decoder(c.Encoding())
	message := decode(c.Message)
	v := commitValues{
		TreeID: types.StringValue(c.Tree.String()), Parents: idList(c.Parents),
		Author: personValue(c.Author, decode), Committer: personValue(c.Committer, decode),
		Subject: types.StringValue(gitobj.Subject(message)), Message: types.StringValue(message), Trailers: trailerMap(message),
		Signature: types.StringNull(), SignatureKind: types.StringNull(),
	}
	if armored := c.Signed(); armored != "" {
		v.Signature = types.StringValue(inUTF8(armored))
		if kind := gitobj.KindOfSignature(armored); kind != gitobj.SignatureUnknown {
			v.SignatureKind = types.StringValue(string(kind))
		}
	}
	return v
}

func idList(ids []gitobj.ID) types.List {
	values := make([]attr.Value, len(ids))
	for i, id := range ids {
		values[i] = types.StringValue(id.String())
	}
	return types.ListValueMust(types.StringType, values)
}

func personValue(s gitobj.Signature, decode func(string) string) types.Object {
	return types.ObjectValueMust(person, map[string]attr.Value{
		"name": types.StringValue(decode(s.Name)), "email": types.StringValue(decode(s.Email)), "date": types.StringValue(s.When.Format(time.RFC3339)),
	})
}

func trailerMap(message string) types.Map {
	byKey := make(map[string][]attr.Value)
	for _, t := range gitobj.Trailers(message) {
		byKey[t.Key] = append(byKey[t.Key], types.StringValue(t.Value))
	}
	lists := make(map[string]attr.Value, len(byKey))
	for key, values := range byKey {
		lists[key] = types.ListValueMust(types.StringType, values)
	}
	return types.MapValueMust(types.ListType{ElemType: types.StringType}, lists)
}

// decoder returns the function from text of an encoding to a string of Terraform's. The text of an
// encoding that is not known is taken for UTF-8, as git does.
func decoder(encoding string) func(string) string {
	if encoding == "" || strings.EqualFold(encoding, "UTF-8") {
		return inUTF8
	}
	from, err := ianaindex.IANA.Encoding(encoding)
	if err != nil || from == nil {
		return inUTF8
	}
	return func(text string) string {
		decoded, err := from.NewDecoder().String(text)
		if err != nil {
			decoded = text
		}
		return inUTF8(decoded)
	}
}

// inUTF8 is a text as Terraform keeps it: UTF-8 in composed form. U+FFFD stands for other bytes.
func inUTF8(text string) string { return norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD")) }

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// The provider block as Terraform hands it over.
type (
	model struct {
		URL               types.String `tfsdk:"url"`
		Branch            types.String `tfsdk:"branch"`
		Auth              types.Object `tfsdk:"auth"`
		Hosts             types.Map    `tfsdk:"hosts"`
		TLS               types.Object `tfsdk:"tls"`
		AllowInsecureHTTP types.Bool   `tfsdk:"allow_insecure_http"`
		Commit            types.Object `tfsdk:"commit"`
		CommitMode        types.String `tfsdk:"commit_mode"`
		StagingMode       types.String `tfsdk:"staging_mode"`
		Staging           types.Object `tfsdk:"staging"`
		ObjectCache       types.Object `tfsdk:"object_cache"`
		Conflict          types.String `tfsdk:"conflict"`
		Limits            types.Object `tfsdk:"limits"`
		CreateBranchFrom  types.String `tfsdk:"create_branch_from"`
		PushOptions       types.List   `tfsdk:"push_options"`
	}
	authModel struct {
		Username    types.String `tfsdk:"username"`
		Password    types.String `tfsdk:"password"`
		Token       types.String `tfsdk:"token"`
		BearerToken types.String `tfsdk:"bearer_token"`
		Headers     types.Map    `tfsdk:"headers"`
		SSH         types.Object `tfsdk:"ssh"`
		GitHubApp   types.Object `tfsdk:"github_app"`
		AWS         types.Object `tfsdk:"aws"`
	}
	appModel struct {
		AppID          types.String `tfsdk:"app_id"`
		InstallationID types.String `tfsdk:"installation_id"`
		PrivateKeyPEM  types.String `tfsdk:"private_key_pem"`
		APIURL         types.String `tfsdk:"api_url"`
	}
	tlsModel struct {
		CACertPEM          types.String `tfsdk:"ca_cert_pem"`
		CACertFile         types.String `tfsdk:"ca_cert_file"`
		ClientCertPEM      types.String `tfsdk:"client_cert_pem"`
		ClientKeyPEM       types.String `tfsdk:"client_key_pem"`
		InsecureSkipVerify types.Bool   `tfsdk:"insecure_skip_verify"`
	}
	hostModel struct {
		Auth types.Object `tfsdk:"auth"`
		TLS  types.Object `tfsdk:"tls"`
	}
	commitModel struct {
		Message   types.String `tfsdk:"message"`
		Author    types.Object `tfsdk:"author"`
		Committer types.Object `tfsdk:"committer"`
		Trailers  types.Map    `tfsdk:"trailers"`
		Signing   types.Object `tfsdk:"signing"`
	}
	personModel struct {
		Name  types.String `tfsdk:"name"`
		Email types.String `tfsdk:"email"`
	}
	stagingModel struct {
		Directory   types.String `tfsdk:"directory"`
		AutoObjects types.Int64  `tfsdk:"auto_objects"`
		AutoBytes   types.String `tfsdk:"auto_bytes"`
		Compression types.Int64  `tfsdk:"compression"`
	}
	limitsModel struct {
		MaxObjectSize   types.String `tfsdk:"max_object_size"`
		MaxResponseSize types.String `tfsdk:"max_response_size"`
		MaxPushAttempts types.Int64  `tfsdk:"max_push_attempts"`
		PushTimeout     types.String `tfsdk:"push_timeout"`
		ConnectTimeout  types.String `tfsdk:"connect_timeout"`
		RequestTimeout  types.String `tfsdk:"request_timeout"`
		BatchWindow     types.String `tfsdk:"batch_window"`
	}
)

// decode reads a nested object. It is the zero T, with every value null, when the object is left
// out or not known yet.
func decode[T any](ctx context.Context, o types.Object, diags *diag.Diagnostics) (v T, given bool) {
	if o.IsNull() || o.IsUnknown() {
		return v, false
	}
	diags.Append(o.As(ctx, &v, basetypes.ObjectAsOptions{})...)
	return v, true
}

// decodeMap reads a map of strings; values that are not known yet are left out.
func decodeMap(ctx context.Context, m types.Map, diags *diag.Diagnostics) map[string]string {
	if m.IsNull() || m.IsUnknown() {
		return nil
	}
	var values map[string]types.String
	diags.Append(m.ElementsAs(ctx, &values, false)...)
	out := make(map[string]string, len(values))
	for k, v := range values {
		if known(v) {
			out[k] = v.ValueString()
		}
	}
	return out
}

func known(v types.String) bool { return !v.IsNull() && !v.IsUnknown() }

package remote

import "github.com/nanogit/terraform-provider-nanogit/internal/objstore"

// URL is the setting url of a backend whose server has a URL; schemes are its schemes, as the
// documentation lists them.
func URL(schemes string) objstore.Setting {
	return objstore.Setting{
		Name: "url", Text: "the server, with user name and password.", Of: schemes, Required: true, Secret: true, Address: true,
	}
}

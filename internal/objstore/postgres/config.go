package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/objstore/remote"
	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

const (
	connectTimeout = 5 * time.Second // the caller's context is mostly shorter
	connections    = 4
	// messageSlack is by how much a message to us may be longer than the largest value.
	messageSlack = 64 << 10
)

// errURL has nothing of the URL in it: any part of a URL that cannot be read may be the password.
var errURL = errors.New("postgres object cache: url is not of the form postgres://[user[:password]@]host[:port]/database; " +
	"a password is percent-encoded there")

// parse returns the settings of a pool of few connections, with a bound on each message.
func parse(raw string, maxObject int64) (*pgxpool.Config, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || strings.Contains(u.Opaque+u.Path+u.RawQuery+u.Fragment, "@") {
		return nil, errURL
	}
	config, err := pgxpool.ParseConfig(raw)
	if err != nil {
		cause := errors.Unwrap(err)
		if cause == nil {
			return nil, errURL
		}
		password, _ := u.User.Password()
		return nil, fmt.Errorf("postgres object cache: url: %s", secret.Scrub(cause.Error(), raw, password, u.Query().Get("password"), u.Query().Get("sslpassword")))
	}
	config.MaxConns, config.MinConns, config.MinIdleConns = connections, 0, 0
	c := config.ConnConfig
	if c.ConnectTimeout == 0 || c.ConnectTimeout > connectTimeout {
		c.ConnectTimeout = connectTimeout
	}
	c.MaxProtocolMessageBodyLen = int(maxObject) + messageSlack
	// Nothing is left behind in the session, so that a pooler in front of the server may hand it to
	// others.
	c.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "nanogit"
	}
	return config, nil
}

func site(c *pgxpool.Config) *remote.Site {
	h := c.ConnConfig
	at := net.JoinHostPort(h.Host, strconv.Itoa(int(h.Port)))
	return &remote.Site{Target: "postgres at " + at + ", database " + strconv.Quote(h.Database), Secrets: []string{h.Password}, Next: next}
}

// next returns the next step for an error of the server or of the network.
func next(err error) string {
	if errors.Is(err, objstore.ErrCorrupt) || errors.Is(err, context.Canceled) {
		return ""
	}
	switch code(err) {
	case "28000", "28P01": // invalid_authorization_specification, invalid_password
		return "check the user and the password in the cache's url"
	case "3D000", "3F000": // invalid_catalog_name, invalid_schema_name
		return "create it, or name another one in the cache's url or table"
	case "42501": // insufficient_privilege
		return "grant the user SELECT, INSERT, UPDATE and DELETE on the table, and CREATE on its schema if there is no table yet"
	case "42703", "42P10": // undefined_column, invalid_column_reference
		return "the table is not one of an object cache: name another one, which is created if it is missing"
	case "25006": // read_only_sql_transaction
		return "this is a replica: give the url of the primary server"
	case "":
		if _, ok := errors.AsType[net.Error](err); ok {
			return "check that the server runs and that the cache's url is right"
		}
	}
	return ""
}

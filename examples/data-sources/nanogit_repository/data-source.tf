# The repository of the provider, and one on another host.
data "nanogit_repository" "own" {}

data "nanogit_repository" "other" {
  repository = "https://git.example.org/team/site.git"
}

# A plan that warns, in the server's own words, of what the apply would fail for.
check "can_write" {
  assert {
    condition     = data.nanogit_repository.own.can_write
    error_message = coalesce(data.nanogit_repository.own.write_error, "-")
  }
}

output "protocol" {
  value = "version ${data.nanogit_repository.other.protocol_version}, ${data.nanogit_repository.other.object_format}"
}

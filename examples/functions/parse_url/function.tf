locals {
  repository = provider::nanogit::parse_url("git@github.com:example/infrastructure.git")
}

# { scheme = "ssh", host = "github.com", owner = "example", name = "infrastructure" }
output "parts" {
  value = local.repository
}

# The page of the repository on its host.
output "page" {
  value = "https://${local.repository.host}/${local.repository.owner}/${local.repository.name}"
}

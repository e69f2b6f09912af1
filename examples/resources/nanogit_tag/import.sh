# A tag of the provider's repository.
terraform import nanogit_tag.release v1.0.0

# A tag of another repository.
terraform import nanogit_tag.content 'https://github.com/example/website#v2'

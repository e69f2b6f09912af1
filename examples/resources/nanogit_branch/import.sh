# A branch of the provider's repository.
terraform import nanogit_branch.staging staging

# A branch of another repository.
terraform import nanogit_branch.content 'https://github.com/example/website#content'

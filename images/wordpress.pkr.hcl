# WordPress on top of the base layer. It is somebody else's program: there is nothing of ours to build, and this layer installs
# packages. What it downloads is compared with the checksums below; Amazon Linux's packages are signed.
locals {
  wordpress = {
    App  = "wordpress"
    Name = "steadfast-wordpress-${var.version}"
  }
}

locals {
  # https://wordpress.org/download/releases/; both checksums are also in github.com/docker-library/wordpress (versions.json).
  wordpress_version = "7.1"
  wp_cli_version    = "2.12.0"
}

build {
  name = "wordpress"

  source "amazon-ebs.machine" {
    name = "wordpress"
    # The time makes it unique: the same content may be baked again, for an image that was deleted.
    ami_name        = "${local.wordpress.Name}-${local.time}"
    ami_description = "WordPress ${local.wordpress_version} on Apache and PHP-FPM."
    tags            = merge(local.tags, local.wordpress)
    snapshot_tags   = merge(local.tags, local.wordpress)
    run_tags        = merge(local.builder_tags, local.wordpress)
    run_volume_tags = merge(local.builder_tags, local.wordpress)

    source_ami_filter {
      filters = var.parent_ami != null ? convert({ image-id = var.parent_ami }, map(string)) : convert({
        "tag:App"       = "base"
        "tag:ManagedBy" = "steadfast"
        state           = "available"
      }, map(string))
      owners      = ["self"]
      most_recent = true
    }
  }

  provisioner "shell" {
    script          = "${path.root}/base/wait-for-cloud-init.sh"
    execute_command = local.as_root
  }

  # Units, scripts and configuration. The scripts below find their files there.
  provisioner "shell" {
    inline = ["mkdir /tmp/units"]
  }

  provisioner "file" {
    source      = "${path.root}/wordpress/"
    destination = "/tmp/units"
  }

  provisioner "shell" {
    script          = "${path.root}/wordpress/install-packages.sh"
    execute_command = local.as_root
    environment_vars = [
      "PHP_VERSION=8.4",
    ]
  }

  provisioner "shell" {
    script          = "${path.root}/wordpress/install-wordpress.sh"
    execute_command = local.as_root
    environment_vars = [
      "WORDPRESS_VERSION=${local.wordpress_version}",
      "WORDPRESS_URL=https://wordpress.org/wordpress-${local.wordpress_version}.tar.gz",
      "WORDPRESS_SHA1=e0ca593bc062f7a8c5a956ca44aff7375b0841e0",
      "WP_CLI_URL=https://github.com/wp-cli/wp-cli/releases/download/v${local.wp_cli_version}/wp-cli-${local.wp_cli_version}.phar",
      "WP_CLI_SHA512=be928f6b8ca1e8dfb9d2f4b75a13aa4aee0896f8a9a0a1c45cd5d2c98605e6172e6d014dda2e27f88c98befc16c040cbb2bd1bfa121510ea5cdf5f6a30fe8832",
      # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
      "RDS_CA_URL=https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
    ]
  }

  provisioner "shell" {
    script          = "${path.root}/wordpress/install-service.sh"
    execute_command = local.as_root
  }

  # Fails the bake unless WordPress installs itself into a real database, answers, and lets its admin in and nobody else; then
  # removes what trying it has left.
  provisioner "shell" {
    scripts = [
      "${path.root}/wordpress/prepare-check.sh",
      "${path.root}/base/check-services.sh",
      "${path.root}/wordpress/remove-check.sh",
      "${path.root}/base/seal.sh",
    ]
    execute_command = local.as_root
    environment_vars = [
      "APPLICATION=wordpress",
      "UNITS=wordpress",
      "PORT=8080",
      "TIMEOUT=300",
      "AWS_REGION=${var.region}",
    ]
  }

  post-processor "manifest" {
    output = var.manifest
  }
}

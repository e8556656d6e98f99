# The fast layer: bundles and units on top of the base layer. Installs nothing from a repository.
locals {
  imagery = {
    App  = "imagery"
    Name = "steadfast-imagery-${var.version}"
  }
}

build {
  name = "imagery"

  source "amazon-ebs.machine" {
    name = "imagery"
    # The time makes it unique: the same content may be baked again, for an image that was deleted.
    ami_name        = "${local.imagery.Name}-${local.time}"
    ami_description = "Imagery: server and worker. User data chooses which of the two a machine runs."
    tags            = merge(local.tags, local.imagery)
    snapshot_tags   = merge(local.tags, local.imagery)
    run_tags        = merge(local.builder_tags, local.imagery)
    run_volume_tags = merge(local.builder_tags, local.imagery)

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

  provisioner "shell" {
    inline = ["mkdir /tmp/application /tmp/units"]
  }

  # Made by `npm run build`, and looked for only when it is uploaded: the templates can be validated without it.
  provisioner "file" {
    source      = "${path.root}/../dist/imagery/"
    destination = "/tmp/application"
    generated   = true
  }

  provisioner "file" {
    source      = "${path.root}/imagery/"
    destination = "/tmp/units"
  }

  provisioner "shell" {
    script           = "${path.root}/base/install-application.sh"
    execute_command  = local.as_root
    environment_vars = ["APPLICATION=imagery"]
  }

  # Fails the bake unless both services answer, then removes what trying them has left.
  provisioner "shell" {
    scripts = [
      "${path.root}/base/check-services.sh",
      "${path.root}/base/seal.sh",
    ]
    execute_command = local.as_root
    environment_vars = [
      "APPLICATION=imagery",
      "UNITS=imagery-server imagery-worker",
      "PORT=8080",
      "AWS_REGION=${var.region}",
    ]
  }

  post-processor "manifest" {
    output = var.manifest
  }
}

# Jenkins on top of the base layer. It is somebody else's program: there is nothing of ours to build, and this layer installs
# packages. What it downloads is compared with the fingerprint and the checksum below, or is signed by that key.
locals {
  jenkins = {
    App  = "jenkins"
    Name = "steadfast-jenkins-${var.version}"
  }
}

locals {
  # An LTS release (https://www.jenkins.io/changelog-stable/). A newer one comes with plugins that were resolved for it:
  # docs/decisions/095-jenkins-image.md.
  jenkins_version = "2.580.1"
}

build {
  name = "jenkins"

  source "amazon-ebs.machine" {
    name = "jenkins"
    # The time makes it unique: the same content may be baked again, for an image that was deleted.
    ami_name        = "${local.jenkins.Name}-${local.time}"
    ami_description = "Jenkins ${local.jenkins_version} LTS with its plugins, configured as code."
    tags            = merge(local.tags, local.jenkins)
    snapshot_tags   = merge(local.tags, local.jenkins)
    run_tags        = merge(local.builder_tags, local.jenkins)
    run_volume_tags = merge(local.builder_tags, local.jenkins)

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
    source      = "${path.root}/jenkins/"
    destination = "/tmp/units"
  }

  provisioner "shell" {
    script          = "${path.root}/jenkins/install-packages.sh"
    execute_command = local.as_root
    environment_vars = [
      "JENKINS_VERSION=${local.jenkins_version}",
      "REPOSITORY=https://pkg.jenkins.io/rpm-stable",
      # Valid until 21 December 2028. The project's own copy of the key: jenkins.io-2026.key in github.com/jenkinsci/docker.
      "KEY_FINGERPRINT=5E386EADB55F01504CAE8BCF7198F4B714ABFC68",
    ]
  }

  provisioner "shell" {
    script          = "${path.root}/jenkins/install-plugins.sh"
    execute_command = local.as_root
    environment_vars = [
      "TOOL_URL=https://github.com/jenkinsci/plugin-installation-manager-tool/releases/download/2.15.0/jenkins-plugin-manager-2.15.0.jar",
      "TOOL_SHA256=a86853ec2e2933f37a4b471ba65099b61e03c87a80c2ef8fe2315eb135672d43",
    ]
  }

  provisioner "shell" {
    script          = "${path.root}/jenkins/install-service.sh"
    execute_command = local.as_root
  }

  # Fails the bake unless Jenkins answers, with all of its plugins and to its admin only; then removes what trying it has left.
  provisioner "shell" {
    scripts = [
      "${path.root}/jenkins/prepare-check.sh",
      "${path.root}/base/check-services.sh",
      "${path.root}/jenkins/remove-check.sh",
      "${path.root}/base/seal.sh",
    ]
    execute_command = local.as_root
    environment_vars = [
      "APPLICATION=jenkins",
      "UNITS=jenkins",
      "PORT=8080",
      "HEALTH_PATH=/login",
      "TIMEOUT=300",
      "AWS_REGION=${var.region}",
    ]
  }

  post-processor "manifest" {
    output = var.manifest
  }
}

# Sluice as two CloudFormation stacks of a Terraform configuration, over the templates of a release. Templates and zips are in a
# bucket of yours. It is an example: nobody has applied it yet.
#
#   terraform apply -var bucket=my-bucket -var prefix=sluice/

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "bucket" {
  type        = string
  description = "The bucket that has the files of the release."
}

variable "prefix" {
  type        = string
  default     = ""
  description = "What the keys of the files begin with, such as sluice/."
}

variable "stage" {
  type    = string
  default = "dev"
}

variable "architecture" {
  type    = string
  default = "arm64"
}

data "aws_s3_bucket" "release" {
  bucket = var.bucket
}

locals {
  name = "sluice-${var.stage}"
  url  = "https://${data.aws_s3_bucket.release.bucket_regional_domain_name}/${var.prefix}"
}

resource "aws_cloudformation_stack" "data" {
  name         = "${local.name}-data"
  template_url = "${local.url}data.yaml"
  parameters   = { Application = local.name }

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudformation_stack" "application" {
  name         = local.name
  template_url = "${local.url}template.yaml"
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]

  # Each output of the data is a parameter of the application.
  parameters = merge(aws_cloudformation_stack.data.outputs, {
    Architecture = var.architecture
    CodeBucket   = var.bucket
    CodePrefix   = var.prefix
  })
}

output "api_url" {
  value = aws_cloudformation_stack.application.outputs["ApiUrl"]
}

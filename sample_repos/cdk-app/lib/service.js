const { Stack } = require("aws-cdk-lib");
const { DockerImageAsset } = require("aws-cdk-lib/aws-ecr-assets");

class Service extends Stack {
  constructor(scope, id) {
    super(scope, id);
    new DockerImageAsset(this, "Api", { directory: "api" });
  }
}

module.exports = { Service };

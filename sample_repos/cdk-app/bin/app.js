const { App } = require("aws-cdk-lib");
const { Service } = require("../lib/service");

new Service(new App(), "Service");

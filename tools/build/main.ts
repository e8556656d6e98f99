import { buildApplications } from "./applications";

for (const { name, folder } of await buildApplications()) console.log(`built ${name} into ${folder}`);

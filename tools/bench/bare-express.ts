// What a request costs without an application.
import express from "express";

const app = express();
app.get("/image/:id", (request, response) => {
  response.json({ id: request.params.id });
});
app.post("/image", (_, response) => {
  response.status(201).json({ id: "none" });
});
app.listen(Number(process.env.PORT), "127.0.0.1");

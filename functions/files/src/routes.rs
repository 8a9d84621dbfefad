//! Every route of the function, as the template has it, with its handler. The methods of one path are listed in the
//! order of the `Allow` header.

use http_function::Route;

use crate::{App, announce, show, upload};

pub(crate) static ROUTES: [Route<App>; 4] = [
    Route::post("/v1/openapi/files/upload", |context| {
        Box::pin(upload::upload(context))
    }),
    Route::post("/v1/files", |context| Box::pin(announce::announce(context))),
    Route::get("/v1/files/{fileKey}", |context| {
        Box::pin(show::show(context))
    }),
    Route::delete("/v1/files/{fileKey}", |context| {
        Box::pin(show::delete(context))
    }),
];

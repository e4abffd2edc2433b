// A form that could not be stored is sent again by itself; without this file its button does the same.
"use strict";

const again = document.querySelector("form[data-again-s]");
if (again) setTimeout(() => again.requestSubmit(), Number(again.dataset.againS) * 1000);

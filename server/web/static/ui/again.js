// A page that the server could not make: nobody at a kiosk could ask for it again, so it does so itself.
import { goTo, here } from "@ui/server-gone.js";

const AGAIN_MS = 5000;

setTimeout(() => void goTo(here()), AGAIN_MS);

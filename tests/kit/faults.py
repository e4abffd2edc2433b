"""What the tests of gateway.exchange and gateway.faults share."""

import json

from channels.testing import WebsocketCommunicator

from chargers.gateway.consumer import ChargerConsumer
from chargers.handshake import admission
from chargers.protocol.frames import Version


class Plugged:
    """The consumer in this process, with its real journal and database; only the socket is the test's."""

    def __init__(self, charger):
        admitted = admission.Admitted(charger=charger, version=Version.V16, subprotocol="ocpp1.6")
        self.wire = WebsocketCommunicator(ChargerConsumer.as_asgi(), "/ocpp/CP1", subprotocols=["ocpp1.6"])
        self.wire.scope["admitted"] = admitted

    async def __aenter__(self):
        assert await self.wire.connect() == (True, "ocpp1.6")
        return self

    async def __aexit__(self, *_):
        await self.wire.disconnect()
        from chargers.gateway import switchboard

        board = switchboard.get_current()
        await board.close()

    async def ask(self, text):
        await self.wire.send_to(text_data=text)

    async def answer(self):
        return json.loads(await self.wire.receive_from(timeout=10))

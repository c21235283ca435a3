"""A client, and what it asks for."""

import aiohttp
import pytest

TOKEN = {"x-access-token": "T"}


@pytest.fixture
async def client():
    async with aiohttp.ClientSession(headers=TOKEN) as session:
        yield session

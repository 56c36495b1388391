"""contracts/error-classification.md section 2.2, row by row."""

import pytest

from plinthctl.domain.failures import FailureClass as F
from worker.providers import exa, firecrawl, g2, llm_failures, websites


@pytest.mark.parametrize(
    ("status", "code", "text", "expected"),
    [
        pytest.param(200, "SCRAPE_DNS_RESOLUTION_ERROR", "", F.INVALID_INPUT, id="no such host"),
        pytest.param(500, "SCRAPE_DNS_RESOLUTION_ERROR", "", F.INVALID_INPUT, id="… at a 500 too"),
        pytest.param(200, "SCRAPE_TIMEOUT", "", F.NETWORK_TIMEOUT, id="a 200 with a known code"),
        pytest.param(200, "NEW_CODE", "", F.PROVIDER_UNAVAILABLE, id="a 200 with an unknown code"),
        pytest.param(200, None, "", F.PROVIDER_UNAVAILABLE, id="a 200 without a code"),
        pytest.param(401, None, "", F.AUTH_FAILURE, id="401"),
        pytest.param(402, None, "", F.QUOTA_EXHAUSTED, id="402"),
        pytest.param(400, "BAD_REQUEST", "", F.INVALID_INPUT, id="400"),
        pytest.param(404, "SCRAPE_NO_CACHED_DATA", "", F.INVALID_INPUT, id="404"),
        pytest.param(409, None, "", F.INVALID_INPUT, id="409"),
        pytest.param(413, None, "", F.INVALID_INPUT, id="413"),
        pytest.param(422, None, "", F.INVALID_INPUT, id="422"),
        pytest.param(403, "UNSUPPORTED_SITE", "", F.CONTENT_REFUSED, id="403 with a site code"),
        pytest.param(403, None, "we do not support it", F.CONTENT_REFUSED, id="403, other text"),
        pytest.param(403, None, "has been banned", F.AUTH_FAILURE, id="403 that names a ban"),
        pytest.param(403, None, "IP not allowed", F.AUTH_FAILURE, id="403 that names an IP"),
        pytest.param(408, "SCRAPE_TIMEOUT", "", F.NETWORK_TIMEOUT, id="408 of the site"),
        pytest.param(408, "CONCURRENCY_QUEUE_TIMEOUT", "", F.RATE_LIMITED, id="408 of the queue"),
        pytest.param(408, None, "", F.NETWORK_TIMEOUT, id="408 without a code"),
        pytest.param(429, None, "", F.RATE_LIMITED, id="429"),
        pytest.param(500, "SCRAPE_SSL_ERROR", "", F.INVALID_INPUT, id="500 bad certificate"),
        pytest.param(500, "SCRAPE_PDF_UNREADABLE", "", F.INVALID_INPUT, id="500 unreadable PDF"),
        pytest.param(
            500, "SCRAPE_ALL_ENGINES_FAILED", "", F.PROVIDER_UNAVAILABLE, id="500 engines"
        ),
        pytest.param(502, None, "", F.PROVIDER_UNAVAILABLE, id="502"),
        pytest.param(302, None, "", F.UNKNOWN, id="a redirect is not followed"),
        pytest.param(418, None, "", F.UNKNOWN, id="a 4xx without a row"),
    ],
)
def test_firecrawl(status, code, text, expected):
    assert firecrawl.class_of(status, code, text) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(200, None, id="200 is a good page"),
        pytest.param(404, F.INVALID_INPUT, id="404 does not exist"),
        pytest.param(410, F.INVALID_INPUT, id="410 is gone"),
        *(
            pytest.param(status, F.CONTENT_REFUSED, id=f"{status} refuses robots")
            for status in (401, 403, 429, 451)
        ),
        pytest.param(503, F.PROVIDER_UNAVAILABLE, id="503 is ill"),
    ],
)
def test_the_status_of_the_scraped_site(status, expected):
    assert websites.target_class(status) is expected


@pytest.mark.parametrize(
    ("status", "tag", "expected"),
    [
        pytest.param(401, "INVALID_API_KEY", F.AUTH_FAILURE, id="401"),
        pytest.param(402, "X402_PAYMENT_REQUIRED", F.AUTH_FAILURE, id="402 is about the key"),
        pytest.param(402, "NO_MORE_CREDITS", F.QUOTA_EXHAUSTED, id="402 is about money"),
        pytest.param(402, None, F.QUOTA_EXHAUSTED, id="402 without a tag"),
        pytest.param(403, "PROHIBITED_CONTENT", F.CONTENT_REFUSED, id="403 content"),
        pytest.param(403, "CONTENT_FILTER_ERROR", F.CONTENT_REFUSED, id="403 filter"),
        pytest.param(403, "FEATURE_DISABLED", F.AUTH_FAILURE, id="403 plan"),
        pytest.param(403, None, F.AUTH_FAILURE, id="403 without a tag"),
        *(
            pytest.param(status, None, F.INVALID_INPUT, id=f"{status}")
            for status in (400, 404, 422)
        ),
        pytest.param(408, None, F.NETWORK_TIMEOUT, id="408"),
        pytest.param(429, None, F.RATE_LIMITED, id="429"),
        *(
            pytest.param(status, None, F.PROVIDER_UNAVAILABLE, id=f"{status}")
            for status in (409, 500, 501, 502, 503, 504)
        ),
        pytest.param(301, None, F.UNKNOWN, id="a redirect is not followed"),
    ],
)
def test_exa(status, tag, expected):
    assert exa.class_of(status, tag) is expected


@pytest.mark.parametrize(
    ("status", "title", "is_json", "expected"),
    [
        pytest.param(401, "Bad Credentials", True, F.AUTH_FAILURE, id="401"),
        pytest.param(403, "Missing products scope", True, F.AUTH_FAILURE, id="403 scope"),
        pytest.param(
            403, "Your current plan does not …", True, F.QUOTA_EXHAUSTED, id="403 not in the plan"
        ),
        pytest.param(
            403, "You do not have access …", True, F.QUOTA_EXHAUSTED, id="403 not this product"
        ),
        pytest.param(403, "", False, F.RATE_LIMITED, id="403 in HTML is a block"),
        pytest.param(400, "Invalid parameter", True, F.INVALID_INPUT, id="400"),
        pytest.param(404, "Not Found", True, F.INVALID_INPUT, id="404"),
        pytest.param(429, "", False, F.RATE_LIMITED, id="429 in HTML"),
        pytest.param(503, "temporarily unavailable", True, F.PROVIDER_UNAVAILABLE, id="503"),
    ],
)
def test_g2(status, title, is_json, expected):
    assert g2.class_of(status, title, is_json=is_json) is expected


@pytest.mark.parametrize(
    ("status", "code", "kind", "expected"),
    [
        pytest.param(400, "None", "", F.INVALID_INPUT, id="400"),
        pytest.param(400, "content_policy_violation", "", F.CONTENT_REFUSED, id="400 policy"),
        pytest.param(400, "content_filter", "", F.CONTENT_REFUSED, id="400 filter"),
        pytest.param(401, "invalid_api_key", "", F.AUTH_FAILURE, id="401"),
        pytest.param(402, "None", "", F.QUOTA_EXHAUSTED, id="402"),
        pytest.param(403, "None", "", F.AUTH_FAILURE, id="403"),
        pytest.param(404, "model_not_found", "", F.INVALID_INPUT, id="404 unknown model"),
        pytest.param(408, "None", "", F.NETWORK_TIMEOUT, id="408"),
        pytest.param(409, "None", "", F.PROVIDER_UNAVAILABLE, id="409"),
        pytest.param(413, "None", "", F.INVALID_INPUT, id="413"),
        pytest.param(422, "None", "", F.INVALID_INPUT, id="422"),
        pytest.param(429, "rate_limit_exceeded", "", F.RATE_LIMITED, id="429"),
        pytest.param(429, "None", "", F.RATE_LIMITED, id="429 without a code"),
        pytest.param(503, "slow_down", "", F.RATE_LIMITED, id="slow_down at any status"),
        pytest.param(429, "insufficient_quota", "", F.QUOTA_EXHAUSTED, id="429 no money"),
        pytest.param(429, "x", "insufficient_quota", F.QUOTA_EXHAUSTED, id="429 no money, by type"),
        pytest.param(500, "None", "", F.PROVIDER_UNAVAILABLE, id="500"),
        pytest.param(529, "None", "", F.PROVIDER_UNAVAILABLE, id="529"),
        pytest.param(307, "None", "", F.UNKNOWN, id="a redirect is not followed"),
    ],
)
def test_llm(status, code, kind, expected):
    assert llm_failures.class_of_status(status, code, kind) is expected

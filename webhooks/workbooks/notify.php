<?php
/**
 * Tells Causeway that a record changed. For Workbooks' Process Engine: as an On Change process of People, Sales Leads,
 * Campaign Members or Campaigns, or as a Scheduled process. README.md beside this file says how to set it up.
 *
 * Parameters: Bridge URL, Bridge Secret, Resource (may be absent when scheduled), Bridge CA (may be absent).
 *
 * It never prints the secret and always ends with status 0: a listener that is away must not stop anybody's save.
 * What gets lost here, Causeway finds by itself when it next looks.
 */

/** The HMAC key in a secret of the form whsec_…; null when it is not one. */
function bridgeKey($secret)
{
    if (strncmp($secret, 'whsec_', 6) !== 0) {
        return null;
    }
    $key = base64_decode(substr($secret, 6), true);
    return $key !== false && strlen($key) >= 24 && strlen($key) <= 64 ? $key : null;
}

/** What is sent: which record, or null for "something changed". */
function bridgeBody($workbooks, $params, $record)
{
    $number = function ($name) use ($record) {
        return isset($record[$name]) && is_numeric($record[$name]) ? (int) $record[$name] : null;
    };
    return json_encode(array(
        'type' => 'workbooks.record.changed',
        'timestamp' => gmdate('Y-m-d\TH:i:s\Z'),
        'data' => array(
            'database' => $workbooks->getDatabaseInstanceRef(),
            'resource' => isset($params['Resource']) && $params['Resource'] !== '' ? $params['Resource'] : null,
            'id' => $number('id'),
            'lock_version' => $number('lock_version'),
        ),
    ), JSON_UNESCAPED_SLASHES);
}

/** Sends once and gives the HTTP status, 0 when there was no answer. */
function bridgeSend($url, $certificateAuthority, $headers, $body)
{
    $request = curl_init($url);
    $options = array(
        CURLOPT_POST => true,
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_FOLLOWLOCATION => false,
        CURLOPT_CONNECTTIMEOUT => 2,
        CURLOPT_TIMEOUT => 4,
    );
    if ($certificateAuthority !== '') {
        $options[CURLOPT_CAINFO] = $certificateAuthority;
    }
    curl_setopt_array($request, $options);
    curl_exec($request);
    $status = (int) curl_getinfo($request, CURLINFO_HTTP_CODE);
    curl_close($request);
    return $status;
}

/** Signs one notification, sends it at most twice and gives the last HTTP status. */
function bridgeNotify($workbooks, $params, $record)
{
    $key = bridgeKey(isset($params['Bridge Secret']) ? trim($params['Bridge Secret']) : '');
    if ($key === null) {
        $workbooks->log('Bridge not notified', array('Bridge Secret is not of the form whsec_…'), 'warning');
        return 0;
    }
    $url = isset($params['Bridge URL']) ? trim($params['Bridge URL']) : '';
    $certificateAuthority = isset($params['Bridge CA']) ? trim($params['Bridge CA']) : '';
    $body = bridgeBody($workbooks, $params, $record);

    // Both tries carry the same id and body, so Causeway keeps one delivery even if both arrive.
    $id = 'wb_' . bin2hex(random_bytes(16));
    $timestamp = (string) time();
    $signature = base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    $headers = array(
        'Content-Type: application/json',
        "webhook-id: $id",
        "webhook-timestamp: $timestamp",
        "webhook-signature: v1,$signature",
        'Expect:',
    );

    $status = 0;
    for ($try = 0; $try < 2; $try++) {
        $status = bridgeSend($url, $certificateAuthority, $headers, $body);
        // A refusal of 400 or above, but for 503 and its like, would be the same a second time.
        if ($status >= 200 && $status < 500) {
            break;
        }
    }
    return $status;
}

try {
    $bridgeRecord = isset($form_fields) && is_array($form_fields) ? $form_fields : array();
    $bridgeStatus = bridgeNotify($workbooks, $params, $bridgeRecord);
    $workbooks->log(
        'Bridge notified',
        array(
            isset($params['Resource']) ? $params['Resource'] : null,
            isset($bridgeRecord['id']) ? $bridgeRecord['id'] : null,
            $bridgeStatus,
        ),
        $bridgeStatus >= 200 && $bridgeStatus <= 299 ? 'info' : 'warning'
    );
} catch (Throwable $error) {
    // The class and no more: a message could quote a parameter.
    $workbooks->log('Bridge not notified', array(get_class($error)), 'warning');
}
exit(0);

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shaper.Engine.Units;
using Shaper.Host.Commands;

namespace Shaper.Host.Control;

/// <summary>The command line's side of the control API. One request at a time; every failure is one line for the operator.</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>A healthy shaper answers within milliseconds; bypass waits for the loop at most a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string _socketPath;
    private readonly HttpClient _http;

    public ControlClient(string socketPath)
    {
        _socketPath = socketPath;
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancellation) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellation).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        _http = new(handler) { BaseAddress = new("http://shaper"), Timeout = Patience };
    }

    public Task<ShaperStatus> StatusAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/status", null, ControlJson.Default.ShaperStatus, cancellation);

    public Task<RateAnswer> SetRateAsync(Direction direction, BitRate rate, CancellationToken cancellation) => SendAsync(
        HttpMethod.Put, "/v1/rate/" + DirectionName.Of(direction), Json(new RateOrder(rate.BitsPerSecond + "bit"), ControlJson.Default.RateOrder),
        ControlJson.Default.RateAnswer, cancellation);

    public Task<BypassAnswer> SetBypassAsync(bool on, CancellationToken cancellation) => SendAsync(
        HttpMethod.Put, "/v1/bypass", Json(new BypassOrder(on), ControlJson.Default.BypassOrder), ControlJson.Default.BypassAnswer, cancellation);

    public Task<PolicyAnswer> PolicyAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/policy", null, ControlJson.Default.PolicyAnswer, cancellation);

    public Task<PolicyAnswer> ApplyPolicyAsync(string file, string text, CancellationToken cancellation) => SendAsync(
        HttpMethod.Put, "/v1/policy", Json(new PolicyOrder(file, text), ControlJson.Default.PolicyOrder), ControlJson.Default.PolicyAnswer, cancellation);

    public Task<FlowsAnswer> FlowsAsync(FlowsOrder order, CancellationToken cancellation)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/v1/flows?top={order.Top}");
        path += order.Class is { } name ? "&class=" + Uri.EscapeDataString(name) : "";
        path += order.State is { } state ? "&state=" + Uri.EscapeDataString(state) : "";
        return SendAsync(HttpMethod.Get, path, null, ControlJson.Default.FlowsAnswer, cancellation);
    }

    public Task<ExplainAnswer> ExplainAsync(string flow, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, "/v1/explain?flow=" + Uri.EscapeDataString(flow), null, ControlJson.Default.ExplainAnswer, cancellation);

    public Task<StopAnswer> StopAsync(CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, "/v1/stop", null, ControlJson.Default.StopAnswer, cancellation);

    public void Dispose() => _http.Dispose();

    private static StringContent Json<T>(T body, JsonTypeInfo<T> type) => new(JsonSerializer.Serialize(body, type), Encoding.UTF8, "application/json");

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            using HttpRequestMessage request = new(method, path) { Content = body };
            using HttpResponseMessage response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                // What only the shaper could tell to be wrong is wrong with the command all the same.
                throw CommandFailedException.Of(
                    Reasons(answer, (int)response.StatusCode), response.StatusCode == HttpStatusCode.BadRequest ? ExitCode.Usage : ExitCode.Failure);
            }

            return JsonSerializer.Deserialize(answer, type) ?? throw new JsonException("null");
        }
        catch (HttpRequestException e)
        {
            throw new CommandFailedException(WhyUnreachable(e), cause: e);
        }
        catch (JsonException e)
        {
            throw new CommandFailedException($"what answers on {_socketPath} is not a shaper of this version: {e.Message}", cause: e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandFailedException($"the shaper on {_socketPath} did not answer within {Patience.TotalSeconds:0} s", cause: e);
        }
    }

    private static IReadOnlyList<string> Reasons(byte[] answer, int code)
    {
        try
        {
            if (JsonSerializer.Deserialize(answer, ControlJson.Default.Refusal) is { Errors.Count: > 0 } refusal)
            {
                return refusal.Errors;
            }
        }
        catch (JsonException)
        {
            // Not ours: the status code has to do.
        }

        return [$"the shaper refused with {code}"];
    }

    private string WhyUnreachable(HttpRequestException e) => (e.InnerException as SocketException)?.SocketErrorCode switch
    {
        SocketError.AccessDenied => $"no permission for {_socketPath}; use sudo, or join the group given to run as --socket-group",
        SocketError.ConnectionRefused or SocketError.AddressNotAvailable or SocketError.SocketError =>
            $"no shaper is running on {_socketPath}; start one with shaper run, or name its socket with --socket PATH",
        _ when !File.Exists(_socketPath) => $"no shaper is running on {_socketPath}; start one with shaper run, or name its socket with --socket PATH",
        _ => $"the shaper on {_socketPath} cannot be reached: {e.InnerException?.Message ?? e.Message}",
    };
}

using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Shaper.Lab.Tests;

/// <summary>The real `shaper run` in a namespace of a lab, and its control API.</summary>
internal sealed class LabShaper : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);

    private readonly string _socket = Path.Combine(Path.GetTempPath(), $"shaper-lab-{Environment.ProcessId}-{Guid.NewGuid():N}.sock");
    private readonly HttpClient _http;

    /// <summary>Starts it and waits until it shapes.</summary>
    public LabShaper(LabSpace lab, string space, string wan, string lan, string down, string up, params IEnumerable<string> more)
    {
        Process = lab.Start(space, Program, ["run", "--wan", wan, "--lan", lan, "--down", down, "--up", up, "--socket", _socket, .. more]);
        Process.WaitForOutput("shaping between", StartPatience);
        _http = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new("http://shaper") };
    }

    /// <summary>The program that was built with these tests.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "shaper");

    public LabProcess Process { get; }

    public string SocketPath => _socket;

    public JsonElement Status() => Get("/v1/status");

    /// <summary>What the control API answers.</summary>
    public JsonElement Get(string path) => _http.GetFromJsonAsync<JsonElement>(path).GetAwaiter().GetResult();

    /// <summary>Gives the order and waits for the answer; returns how long that took.</summary>
    public TimeSpan Bypass(bool on)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using HttpResponseMessage answer = _http.PutAsJsonAsync("/v1/bypass", new { on }).GetAwaiter().GetResult();
        answer.EnsureSuccessStatusCode();
        return watch.Elapsed;
    }

    /// <summary>Asks it to stop as systemd does, and waits.</summary>
    public void Stop()
    {
        Process.Signal("TERM");
        int code = Process.WaitForExit(TimeSpan.FromSeconds(10));
        if (code != 0)
        {
            throw new InvalidOperationException($"ended with {code}:\n{Process.Output}");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        Process.Dispose();
        File.Delete(_socket);
    }
}

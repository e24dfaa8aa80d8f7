using System.Net.Sockets;
using Shaper.Host.Control;
using Xunit;

namespace Shaper.Host.Tests.Control;

/// <summary>A fake shaper behind the real control server on a socket of its own, and a client of it. A new one for each test.</summary>
public abstract class ServedShaper : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private ControlSocket _socket = null!;
    private ControlServer _server = null!;

    internal FakeShaper Shaper { get; } = new();

    protected TaskCompletionSource StopRequested { get; } = new();

    protected HttpClient Http { get; private set; } = null!;

    protected string SocketPath => _socket.Path;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _socket = new(_directory.Of("c.sock"), null);
        _server = new(_socket, Shaper, () => StopRequested.TrySetResult());
        await _server.StartAsync(Cancellation);
        Http = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) => new NetworkStream(await Connect(cancellation), ownsSocket: true),
        })
        {
            BaseAddress = new("http://shaper"),
        };
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
        _socket.Dispose();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task<Socket> Connect(CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellation);
        return socket;
    }
}

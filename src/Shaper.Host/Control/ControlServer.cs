using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Shaper.Host.Control;

/// <summary>Kestrel on a Unix socket with everything bounded, serving <see cref="ControlApi"/>.</summary>
/// <remarks>
/// Built empty on purpose: no environment variable, settings file or default port can make it listen anywhere else. The socket is bound by
/// <see cref="ControlSocket"/>, which the caller keeps and disposes after this.
/// </remarks>
internal sealed class ControlServer : IAsyncDisposable
{
    /// <summary>Connections served at once; one more is accepted and closed again at once.</summary>
    public const int MaxConnections = 32;

    /// <summary>Longest request body, bytes; a longer one is answered with 413.</summary>
    public const int MaxBodyBytes = 16 * 1024;

    private readonly WebApplication _web;

    public ControlServer(ControlSocket socket, IShaperControl shaper, Action requestStop)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = "/" });
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = _ => socket.TakeListener());
        builder.Services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxConcurrentConnections = MaxConnections;
            options.Limits.MaxRequestBodySize = MaxBodyBytes;
            options.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
            options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
            options.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(2));
            options.Limits.MinResponseDataRate = new MinDataRate(240, TimeSpan.FromSeconds(5));
            options.ListenUnixSocket(socket.Path, listen => listen.Protocols = HttpProtocols.Http1);
        });

        _web = builder.Build();
        _web.Use(next => context => ControlApi.RefuseInJson(context, next));
        new ControlApi(shaper, requestStop).Map(_web);
    }

    public Task StartAsync(CancellationToken cancellation) => _web.StartAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _web.DisposeAsync().ConfigureAwait(false);
    }
}

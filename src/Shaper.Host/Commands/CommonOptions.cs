using System.CommandLine;
using Shaper.Host.Control;

namespace Shaper.Host.Commands;

/// <summary>Options that several commands share, made anew for each.</summary>
internal static class CommonOptions
{
    public static FormOption<string> Socket() =>
        new("--socket", "PATH", "Unix socket of the shaper's control API.", Forms.SocketPath, Forms.TrySocketPath)
        {
            DefaultValueFactory = _ => ControlSocket.DefaultPath,
        };

    public static FormOption<double> Headroom() =>
        new("--headroom", "PCT", "Percent of the link kept free, so that the provider's queue stays empty.", Forms.Percent, Forms.TryPercent)
        {
            DefaultValueFactory = _ => RunSettings.DefaultHeadroomPercent,
        };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON instead of text." };
}

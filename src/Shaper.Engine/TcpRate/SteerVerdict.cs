namespace Shaper.Engine.TcpRate;

/// <summary>What steering decided about a frame that leaves the site.</summary>
public enum SteerVerdict : byte
{
    /// <summary>The frame goes on now, its window perhaps lowered. The caller still owns it.</summary>
    Pass,

    /// <summary>Steering owns the frame until <see cref="TcpSteering.TryRelease"/> gives it back.</summary>
    Held,
}

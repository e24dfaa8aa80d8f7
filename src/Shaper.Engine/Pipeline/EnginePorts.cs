using Shaper.Engine.Ports;

namespace Shaper.Engine.Pipeline;

/// <summary>The four halves of the two ports. The engine owns and disposes them.</summary>
public sealed record EnginePorts(ICapturePort WanCapture, IInjectPort WanInject, ICapturePort LanCapture, IInjectPort LanInject) : IDisposable
{
    public void Dispose()
    {
        WanCapture.Dispose();
        LanCapture.Dispose();
        WanInject.Dispose();
        LanInject.Dispose();
    }
}

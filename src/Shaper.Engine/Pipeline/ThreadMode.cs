namespace Shaper.Engine.Pipeline;

/// <summary>How many threads run the pumps. The pumps and rings are the same in both.</summary>
public enum ThreadMode : byte
{
    /// <summary>Capture and shaping take turns on one thread: best on two cores, where a wake-up costs more than a frame.</summary>
    One = 1,

    /// <summary>A capture thread for each port and a shaping thread.</summary>
    Three = 3,
}

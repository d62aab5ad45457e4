// SPDX-License-Identifier: MIT
// The same in Rust, over what bindgen makes of the headers.
#[allow(dead_code, non_camel_case_types, non_upper_case_globals, non_snake_case)]
mod tsmreq {
    include!(env!("BINDINGS"));
}
use std::ffi::CStr;
use std::mem::{size_of, zeroed};
use std::os::raw::c_int;
use std::ptr::null;
use tsmreq::*;

fn check(rc: c_int) -> Result<(), String> {
    match rc {
        0 => Ok(()),
        _ => Err(unsafe { CStr::from_ptr(tsmreq_errno_to_string(rc)) }.to_string_lossy().into_owned()),
    }
}

fn lock_a_device() -> Result<String, String> {
    unsafe {
        let mut mock_opts: tsmreq_mock_opts = zeroed();
        mock_opts.size = size_of::<tsmreq_mock_opts>() as _;
        mock_opts.uapi = tsmreq_uapi_TSMREQ_UAPI_V6_OBJECTS;
        let mut mock = zeroed();
        check(tsmreq_mock_new(&mut mock, &mock_opts))?;

        let mut device: tsmreq_mock_vdevice = zeroed();
        device.size = size_of::<tsmreq_mock_vdevice>() as _;
        device.arch = tsmreq_arch_TSMREQ_ARCH_CCA;
        let mut id = zeroed();
        check(tsmreq_mock_add_vdevice(mock, &device, &mut id))?;

        let mut ctx_opts: tsmreq_ctx_opts = zeroed();
        ctx_opts.size = size_of::<tsmreq_ctx_opts>() as _;
        let mut ctx = zeroed();
        check(tsmreq_ctx_new_from_transport(&mut ctx, tsmreq_mock_get_transport(mock), &ctx_opts))?;

        let mut vdev = zeroed();
        check(tsmreq_vdev_new(&mut vdev, ctx, id, tsmreq_arch_TSMREQ_ARCH_CCA, null()))?;
        let mut result = zeroed();
        check(tsmreq_vdev_lock(vdev, &mut result))?;

        let state = CStr::from_ptr(tsmreq_tdi_state_to_string(tsmreq_vdev_get_state(vdev)));
        let state = state.to_string_lossy().into_owned();
        tsmreq_vdev_free(vdev);
        tsmreq_ctx_free(ctx);
        tsmreq_mock_free(mock);
        Ok(state)
    }
}

fn main() -> Result<(), String> {
    println!("{}", lock_a_device()?);
    Ok(())
}
